import { LuaFactory, LuaLibraries } from 'wasmoon';

/** For how long a script may run in Argo CD, in milliseconds. */
const LONGEST_MS = 1_000;

/** Of the standard libraries Argo CD gives a script the base functions, `table`, and by `require("os")` two functions. */
const AS_IN_ARGOCD = `
local date, time = os.date, os.time
os = nil
function require(name)
  assert(name == "os", "there is no module " .. name)
  return { date = date, time = time }
end
`;

const factory = new LuaFactory();

/**
 * Runs a script as Argo CD does, with `obj` as a global table, and returns what it returns. (Argo CD's Lua is 5.1 and this
 * one is newer; that the scripts are the same to both is tested with Argo CD itself.)
 * @throws Error with Lua's message when the script fails or runs for too long
 */
export async function runLua(script: string, obj: unknown): Promise<unknown> {
  const engine = await factory.createEngine({ openStandardLibs: false, enableProxy: false });
  try {
    const { global } = engine;
    for (const library of [LuaLibraries.Base, LuaLibraries.Table, LuaLibraries.OS]) {
      global.loadLibrary(library);
    }
    engine.doStringSync(AS_IN_ARGOCD);
    global.set('obj', obj);
    global.setTimeout(Date.now() + LONGEST_MS);
    return engine.doStringSync(script);
  } finally {
    engine.global.close();
  }
}
