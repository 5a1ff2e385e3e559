import { type Logger, type LoggerOptions, pino } from 'pino';

/** What a log line can be written to. */
export interface LogSink {
  write(line: string): void;
}

/** A logger that writes one JSON object a line: `level` as a word, `time` as ISO 8601, then the fields, then `msg`. */
export function createLog(level: string, sink: LogSink): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  };
  return pino(options, sink);
}
