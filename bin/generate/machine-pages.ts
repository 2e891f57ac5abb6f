// The pages of docs/machines: one for each state machine, drawn from its definition, and their index.
import { drawMachine } from "#lib/draw.ts";
import { MACHINES } from "../machines.ts";

/** A page: its file in docs/machines and its text. */
export type Page = { readonly file: string; readonly text: string };

const HOW = `An arrow says what must happen, and in brackets what must hold; \`x done\` and \`x failed\` are the ends of the step that a state
takes, \`any\` is whichever state within the same frame. \`node bin/draw.ts\` drew this from the definition.`;

const pageOf = ({ machine, file, about }: (typeof MACHINES)[number]): Page => ({
  file: `${machine.id}.md`,
  text: `# ${machine.id}

${about}

Defined in [${file}](../../${file}).

\`\`\`mermaid
${drawMachine(machine)}
\`\`\`

${HOW}
`,
});

const index: Page = {
  file: "README.md",
  text: `# State machines

${MACHINES.map(({ machine, about }) => `- [${machine.id}](${machine.id}.md): ${about}`).join("\n")}
`,
};

/** Every page as it should be. */
export const machinePages = (): readonly Page[] => [index, ...MACHINES.map(pageOf)];
