import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { type Env, readEnv } from './env.ts';
import { ALL_VARIABLES, type VariableName } from './env-variables.ts';
import { isSecret, withoutSecrets } from './secrets/secrets.ts';
import type { Source } from './variable.ts';

/** One variable as this process has it. Of a secret only whether it is set. */
interface Setting {
  readonly name: string;
  readonly about: string;
  readonly value: string;
  readonly origin: 'default' | '.env' | 'environment';
  readonly secret: boolean;
  /** What `.env` says now, where that is not what the process has. */
  readonly inFile?: string;
}

const HIDDEN = '••••••••';

/** Every variable with its effective value and where it comes from. */
export function settingsOf(env: Env, given: Source, file: Source): Setting[] {
  return Object.entries(ALL_VARIABLES).map(([name, { about, otherwise }]) => {
    const value = given[name] || undefined;
    const said = file[name] || undefined;
    const inFile = said !== undefined && said !== value ? { inFile: withoutSecrets(name, said, HIDDEN) } : {};
    const common = { name, about, secret: isSecret(name), ...inFile };
    if (value === undefined)
      return { ...common, value: resolved(name as VariableName, env) ?? otherwise, origin: 'default' };
    return { ...common, value: withoutSecrets(name, value, HIDDEN), origin: said === value ? '.env' : 'environment' };
  });
}

/** What stands in for a variable that is not set, where that depends on others. */
function resolved(name: VariableName, { upstreams, publicUrl, identity, port, inspector }: Env): string | undefined {
  const url = Object.entries(upstreams).find(([upstream]) => name === `${upstream.toUpperCase()}_URL`)?.[1].url;
  if (url !== undefined) return `its mock, ${url}`;
  switch (name) {
    case 'PORT':
      return String(port);
    case 'PUBLIC_URL':
      return publicUrl;
    case 'IDENTITY_URL':
      return `the mock provider, ${identity.url}`;
    case 'INSPECTOR':
      return inspector.on ? 'on' : 'off';
    case 'MOCKS':
      return Object.values(upstreams).some(({ mocked }) => mocked) ? 'on' : 'off';
    default:
      return undefined;
  }
}

/** What a process that starts now would find wrong, where `.env` has changed since this one did; one line each. */
export function issuesAhead(given: Source, file: Source): ConfigIssue[] {
  try {
    readEnv({ ...given, ...file });
    return [];
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1, -1)
      .map((line) => line.trim());
  }
}

/** Names in `.env` that are never read: misspelt, or of another time. OpenTelemetry's exporter reads some by itself. */
export const unknownIn = (file: Source): string[] =>
  Object.keys(file).filter((name) => !(name in ALL_VARIABLES) && !/^(?:NEXT|NODE|OTEL)_/.test(name));
