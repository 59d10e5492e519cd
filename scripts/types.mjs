// JSON Schema on stdin, TypeScript on stdout; called by contract.py from the web folder, where the package lives.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.cwd()}/package.json`);
const { compile } = await import(require.resolve("json-schema-to-typescript"));

const schema = JSON.parse(readFileSync(0, "utf8"));
const banner = "// Made by `make contract` from the server's schemas: do not edit it by hand.";
const types = await compile(schema, "Contract", {
  additionalProperties: false,
  bannerComment: banner,
  unreachableDefinitions: true,
  style: { printWidth: 100, semi: true },
});
// What the library says about where a type came from helps nobody who reads the file.
process.stdout.write(types.replace(/( \*\n)? \* This interface was referenced by `Contract`'s JSON-Schema\n \* via the `definition` "\w+"\.\n/g, ""));
