/**
 * Bundles each function into one file: minified, the page in it. The SDK comes along although the managed runtime has
 * one: that one is older, unlocked, and loads each of its hundreds of files at every cold start. The tuned functions are
 * tree-shaken and lose what they never reach; the idiomatic ones are bundled as `sam build` does without settings (AWS
 * SAM Developer Guide, "Building Node.js Lambda functions with esbuild").
 */

import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "./errors.mjs";
import { fingerprint, makeOnce } from "./folder.mjs";
import { need, npm } from "./tools.mjs";

const HERE = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGE = join(HERE, "../page.html");
/** @type {string[]} The stores that ways.toml has functions for. */
const STORES = JSON.parse(readFileSync(join(HERE, "../../ways.json"), "utf8")).functions.javascript;
const FUNCTIONS = STORES.map((store) => `lambda-${store}`);
/** What `npm ci` reads. */
const LOCKED = ["package.json", "package-lock.json", ".npmrc"].map((name) => join(HERE, name));

/**
 * @param {"functions" | "idiomatic"} what The tuned ones, or the idiomatic ones.
 * @param {string} destination
 * @param {string} [nodeModules] Packages that are installed already.
 */
export async function buildFunctions(what, destination, nodeModules) {
  if (nodeModules !== undefined && !existsSync(join(nodeModules, "esbuild"))) {
    throw new UsageError(`${nodeModules} holds no esbuild; use the node_modules that npm ci made of this lock`);
  }
  const source = what === "idiomatic" ? "idiomatic" : "src";
  const sources = [source, "build", "build.mjs"].map((name) => join(HERE, name));
  await makeOnce(destination, fingerprint(HERE, [...sources, ...LOCKED, PAGE], FUNCTIONS), async (folder) => {
    const packages = nodeModules === undefined ? await install(dirname(resolve(destination))) : resolve(nodeModules);
    await (what === "idiomatic" ? bundleIdiomatic : bundle)(folder, packages);
  });
}

/**
 * The packages of the lock without those that only check (`devDependencies`), kept for the next change of a source.
 *
 * @param {string} parent
 * @returns {Promise<string>} Their node_modules.
 */
async function install(parent) {
  const packages = join(parent, ".packages");
  await makeOnce(packages, fingerprint(HERE, LOCKED, [process.platform, process.arch]), (folder) => {
    need("building the JavaScript functions", ["npm"]);
    for (const file of LOCKED) copyFileSync(file, join(folder, basename(file)));
    npm(folder, ["ci", "--ignore-scripts", "--omit=dev", "--loglevel=error"]);
  });
  return join(packages, "node_modules");
}

/** @type {(nodeModules: string) => Promise<typeof import("esbuild")>} */
const esbuildOf = async (nodeModules) =>
  (await import(pathToFileURL(join(nodeModules, "esbuild/lib/main.js")).href)).default;

/** @type {(folder: string, nodeModules: string) => Promise<void>} */
async function bundleIdiomatic(folder, nodeModules) {
  const esbuild = await esbuildOf(nodeModules);
  for (const store of STORES) {
    await esbuild.build({
      absWorkingDir: HERE,
      entryPoints: [`idiomatic/${store}.mjs`],
      outfile: join(folder, `lambda-${store}`, "index.js"),
      bundle: true,
      minify: true,
      platform: "node",
      target: "es2020",
      loader: { ".html": "text" },
      logLevel: "warning",
      plugins: [packagesFrom(nodeModules)],
    });
  }
}

/** @type {(folder: string, nodeModules: string) => Promise<void>} */
async function bundle(folder, nodeModules) {
  const esbuild = await esbuildOf(nodeModules);
  for (const name of FUNCTIONS) {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: HERE,
      entryPoints: [`src/${name}.mjs`],
      outfile: join(folder, name, "index.mjs"),
      write: false,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      // The SDK's ES modules: esbuild's default for Node is CommonJS, of which nothing can be shaken off.
      mainFields: ["module", "main"],
      minify: true,
      legalComments: "none",
      logLevel: "warning",
      plugins: [packagesFrom(nodeModules), pageInside, withoutUnused],
    });
    for (const { path, text } of outputFiles) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text.includes("Dynamic require of") ? REQUIRE + text : text);
    }
  }
}

/** What packages in CommonJS get Node.js' own modules by, and no ES module has: before a bundle that has any. */
const REQUIRE = 'import{createRequire as __require}from"node:module";const require=__require(import.meta.url);\n';

/**
 * Packages of `nodeModules` and of no other folder that may lie above the sources.
 *
 * @type {(nodeModules: string) => import("esbuild").Plugin}
 */
const packagesFrom = (nodeModules) => ({
  name: "packages-from",
  setup(build) {
    build.onResolve({ filter: /^(@aws-sdk|@redis)\/|^(pg|redis)$/ }, ({ path, importer, kind, pluginData }) => {
      const ours = ["src", "idiomatic"].some((folder) => importer.startsWith(`${HERE}/${folder}/`));
      if (pluginData === packagesFrom || !ours) return undefined;
      return build.resolve(path, { kind, resolveDir: dirname(nodeModules), pluginData: packagesFrom });
    });
  },
});

/** The text of the page in place of the module that reads it. @type {import("esbuild").Plugin} */
const pageInside = {
  name: "page-inside",
  setup(build) {
    build.onLoad({ filter: /\/src\/page\.mjs$/ }, () => ({
      contents: `export const PAGE = ${JSON.stringify(readFileSync(PAGE, "utf8"))};`,
    }));
  },
};

/**
 * Parts of the clients that these functions never reach, but that no bundler can know to be unreachable: each is loaded
 * only where a client lacks what src/client.mjs gives it, or by who asks more of Valkey's or PostgreSQL's than src/stores.
 *
 * @type {import("esbuild").Plugin}
 */
const withoutUnused = {
  name: "without-unused",
  setup(build) {
    // The chain of credential providers: SSO, processes, web identities, instance metadata and their HTTP clients.
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({ path, namespace: "unused" }));
    build.onLoad({ filter: /.*/, namespace: "unused" }, () => ({
      contents:
        'export const defaultProvider = () => () => { throw new Error("credentials come from the environment"); };',
    }));
    // Of Valkey's client what makes methods of hundreds of commands, and its clients of clusters: one command is sent as it is.
    build.onLoad({ filter: /\/@redis\/client\/dist\/lib\/(commands|cluster|sentinel)\/index\.js$/ }, () => ({
      contents: "exports.default = {};",
    }));
    // Of PostgreSQL's client its pool, and its other self over libpq.
    build.onLoad({ filter: /\/pg\/lib\/index\.js$/ }, () => ({
      contents:
        'module.exports = { Client: require("./client"), DatabaseError: require("pg-protocol").DatabaseError };',
    }));
    // What reads a URL, a file of passwords, and the sockets of another platform.
    build.onResolve({ filter: /^(pg-connection-string|pgpass|pg-cloudflare)$/ }, ({ path }) => ({
      path,
      namespace: "elsewhere",
    }));
    build.onLoad({ filter: /.*/, namespace: "elsewhere" }, () => ({ contents: "module.exports = {};" }));
    // A client's package.json, whole, for the one version number in it.
    build.onLoad({ filter: /\/@(aws-sdk|redis)\/[^/]+\/package\.json$/ }, ({ path }) => ({
      contents: JSON.stringify({ version: JSON.parse(readFileSync(path, "utf8")).version }),
      loader: "json",
    }));
  },
};
