/** Reads TypeScript source as far as the rules of the architecture need it: without a compiler, and strictly enough. */

/** What a `/` may follow when it begins a regular expression: never a value. */
const BEFORE_REGEX =
  /(?:^|[=(,:;!&|?{}[+\-*%<>~^]|=>|\b(?:return|typeof|case|of|in|void|throw|await|yield|else|do))\s*$/;

/**
 * The source with its comments blanked out, and with the insides of strings, templates (but not of their `${}`) and regular
 * expressions, too, unless `literals` says `keep`. Lines stay where they are.
 */
export function codeOf(source: string, literals: 'blank' | 'keep' = 'blank'): string {
  let code = '';
  let rest = source;
  while (rest !== '') {
    const { text, kind } = nextToken(rest, code);
    code += shown(text, kind, literals);
    rest = rest.slice(text.length);
  }
  return code;
}

type Kind = 'code' | 'comment' | 'literal' | 'template';

function nextToken(rest: string, before: string): { text: string; kind: Kind } {
  const comment = /^(?:\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest)?.[0];
  if (comment !== undefined) return { text: comment, kind: 'comment' };
  const string = /^(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/.exec(rest)?.[0];
  if (string !== undefined) return { text: string, kind: 'literal' };
  if (rest.startsWith('`')) return { text: piecesOf(rest).join(''), kind: 'template' };
  const regex = /^\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/.exec(rest)?.[0];
  if (regex !== undefined && BEFORE_REGEX.test(before.slice(-40))) return { text: regex, kind: 'literal' };
  return { text: /^(?:[\w$]+|\s+|[\s\S])/.exec(rest)?.[0] ?? rest, kind: 'code' };
}

function shown(text: string, kind: Kind, literals: 'blank' | 'keep'): string {
  if (kind === 'code') return text;
  if (kind === 'comment') return text.replace(/[^\n]/g, ' ');
  if (literals === 'keep') return text;
  // The ends stay, so that a literal is still something.
  if (kind === 'literal') return text.replace(/(?<!^)[^\n](?!$)/g, ' ');
  return piecesOf(text)
    .map((piece, index) => (index % 2 === 0 ? shown(piece, 'literal', literals) : codeOf(piece, literals)))
    .join('');
}

/** The template that the source begins with, in pieces: text, then the inside of a `${}`, then text, and so on. */
function piecesOf(source: string): string[] {
  const pieces: string[] = [];
  let begin = 0;
  for (let index = 1; index < source.length; index++) {
    if (source[index] === '\\') index += 1;
    else if (source[index] === '`') return [...pieces, source.slice(begin, index + 1)];
    else if (source.startsWith('${', index)) {
      const end = endOf(source, index + 2);
      pieces.push(source.slice(begin, index + 2), source.slice(index + 2, end));
      begin = end;
      index = end;
    }
  }
  throw new Error('a template without an end');
}

/** Where the `}` is that ends the expression which begins there. */
function endOf(source: string, begin: number): number {
  let depth = 0;
  for (let index = begin; index < source.length; ) {
    const { text } = nextToken(source.slice(index), source.slice(begin, index));
    if (text === '}' && depth === 0) return index;
    depth += text === '{' ? 1 : text === '}' ? -1 : 0;
    index += text.length;
  }
  throw new Error('an expression without an end');
}

/** Every module that the source names, in imports and re-exports; without `types` those that are left when it runs. */
export function importsOf(source: string, { types = true }: { types?: boolean } = {}): string[] {
  const kept = codeOf(source, 'keep');
  const code = types ? kept : kept.replace(/\b(?:import|export)\s+type\b[^;'"`]*?\bfrom\s*(['"]).+?\1/g, '');
  const patterns = [
    /\b(?:import|export)\b[^;'"`]*?\bfrom\s*(['"])(.+?)\1/g,
    /(?<!['"`])\bimport\s*(['"])(.+?)\1/g,
    /\b(?:import|require)\s*\(\s*(['"])(.+?)\1/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map(([, , name = '']) => name));
}
