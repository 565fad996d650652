/** The face of the page writer. */
export { escapeHtml, type Page, printPage } from './page.ts';
