/**
 * Checks that files and folders named in the documents exist: `src/...`, `docs/...` and so on, in backticks or links.
 *
 * Run: npm run docs
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const TOPS = 'src|converters|noir-templates|native|test|fixtures|bench|examples|docs|scripts|\\.ci';

const documents = [
  ...readdirSync(root).filter(name => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name)),
];

const problems: string[] = [];
for (const document of documents) {
  const text = readFileSync(join(root, document), 'utf8');
  for (const match of text.matchAll(new RegExp(`\`((?:${TOPS})/[\\w./@-]*)`, 'g'))) {
    const path = (match[1] ?? '').replace(/[./]+$/, '');
    if (!existsSync(join(root, path))) problems.push(`${document}: names ${path}, which is not there.`);
  }
  for (const match of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
    const path = match[1] ?? '';
    if (!existsSync(join(root, dirname(document), path)))
      problems.push(`${document}: links to ${path}, which is not there.`);
  }
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`documents: every path named in ${documents.length} files exists`);
