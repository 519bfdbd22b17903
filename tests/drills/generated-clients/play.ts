import { type Client, play } from './calls.ts';

interface Tool {
  client(base: string, token: string): Client;
}

const { TOOL, BASE = '', TOKEN = '' } = process.env;
const { client } = (await import(`./tools/${TOOL}.ts`)) as Tool;
process.stdout.write(JSON.stringify(await play(client(BASE, TOKEN))));
process.exit();
