/** From a row of `OPTIONS` to what commander takes. */
import { Option as CommanderOption } from 'commander';
import type { Option } from '../config.ts';

/** The flags of an option: one, and for a switch that is on by default the one that turns it off. */
export function flagsOf(option: Option): CommanderOption[] {
  const shown =
    option.fallback === undefined || typeof option.fallback === 'boolean' ? '' : ` (default: ${option.fallback})`;
  const help = `${option.help}${shown}`;
  if (option.value === undefined) {
    const on = new CommanderOption(`--${option.name}`, help);
    return option.fallback === true ? [on, new CommanderOption(`--no-${option.name}`, 'switch that off')] : [on];
  }
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const flag = new CommanderOption(`${short}--${option.name} <${option.value}>`, help);
  return [
    option.repeatable ? flag.argParser((value: string, all: string[] | undefined) => [...(all ?? []), value]) : flag,
  ];
}
