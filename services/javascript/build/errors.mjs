/** What a person can put right: printed in one line, with exit code 2. */
export class UsageError extends Error {}
