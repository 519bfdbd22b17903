/** Whether every JavaScript object has it: a schema finds such a member even where an answer lacks it. */
export const isInherited = (key: string): boolean => key in Object.prototype;
