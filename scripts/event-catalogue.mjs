// The part of docs/events.md that says which events there are: written from the contracts by `npm run gen`, never by hand.
import { readFileSync } from 'node:fs';

import { ScalarType } from '@bufbuild/protobuf';

import { commentsOf, createContract, eventsOf } from '../src/chassis/contract/index.ts';

const BEGIN = '<!-- catalogue: written by npm run gen -->';
const END = '<!-- end of the catalogue -->';

/** The page, a Markdown text, with the catalogue as an encoded descriptor set with comments has it. */
export function withCatalogue(page, descriptors) {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined)
    throw new Error(`docs/events.md has no place for the catalogue, between ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${catalogue(descriptors)}\n\n${END}${after}`;
}

function catalogue(descriptors) {
  const contract = createContract(readFileSync(descriptors), { comments: true });
  const comments = commentsOf(contract.registry);
  const events = eventsOf(contract).toSorted((left, right) => compare(left.source, right.source));
  return [...Map.groupBy(events, ({ source }) => source)]
    .map(([source, told]) => {
      const messages = Map.groupBy(told, ({ message }) => message);
      return `### ${source}\n\n${[...messages].map(([message, of]) => entry(message, of, comments)).join('\n\n')}`;
    })
    .join('\n\n');
}

/** One message: the types that carry it, what its comment says, and its fields. */
function entry(message, events, comments) {
  const types = events.map(({ type }) => `\`${type}\``).join(', ');
  const rows = message.fields.map(
    (field) => `| \`${field.name}\` | ${typeOf(field)} | ${comments(`${message.typeName}.${field.name}`)} |`,
  );
  return [
    `**${types}** of the aggregate \`${events[0].aggregate}\`, data \`${message.typeName}\``,
    comments(message.typeName),
    ['| field | type | |', '|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
}

function typeOf(field) {
  switch (field.fieldKind) {
    case 'scalar':
      return ScalarType[field.scalar].toLowerCase();
    case 'message':
      return field.message.name;
    case 'enum':
      return field.enum.name;
    case 'list':
      return `list of ${field.message?.name ?? field.enum?.name ?? ScalarType[field.scalar].toLowerCase()}`;
    case 'map':
      return 'map';
  }
}

const compare = (left, right) => (left < right ? -1 : left > right ? 1 : 0);
