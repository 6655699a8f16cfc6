import type { FrameLocator, Locator, Page } from 'playwright-core';

/** What the browser is given for one step: a click, a page, a text that is waited for. */
export const STEP_TIMEOUT_MS = 15_000;
const REFRESH_MS = 300;
const LIST_TIMEOUT_MS = 3_000;

/** The Temporal UI in a tab of the browser, used as an operator uses it. Every step fails by itself if it hangs. */
export class TemporalUi {
  readonly page: Page;
  private readonly address: string;

  constructor(page: Page, { ui, namespace }: { readonly ui: string; readonly namespace: string }) {
    page.setDefaultTimeout(STEP_TIMEOUT_MS);
    this.page = page;
    this.address = `${ui}/namespaces/${encodeURIComponent(namespace)}/workflows`;
  }

  /** Opens a run by its address and goes to the tab that tells what it is about. */
  async open(runUrl: string): Promise<void> {
    await this.page.goto(runUrl);
    await this.showDetails();
  }

  async showDetails(): Promise<void> {
    await this.page.getByRole('tab', { name: 'User Metadata' }).click();
    await this.details.locator('body').waitFor();
  }

  /** What stands under "Current Details". */
  get details(): FrameLocator {
    return this.detailsFrame.contentFrame();
  }

  /** The part of the page that shows them: the last of the run's texts, after its summary and its lasting details. */
  get detailsFrame(): Locator {
    return this.texts.last();
  }

  get texts(): Locator {
    return this.page.locator('iframe[title="output"]');
  }

  /** Presses R, as the page asks to, until a text stands in the current details. */
  async untilDetailsSay(text: string): Promise<void> {
    const until = Date.now() + STEP_TIMEOUT_MS;
    while (!(await this.details.getByText(text).first().isVisible())) {
      if (Date.now() > until) {
        const said = await this.details.locator('body').innerText();
        throw new Error(`The details did not come to say "${text}". They say:\n${said}`);
      }
      await this.page.keyboard.press('r');
      await this.page.waitForTimeout(REFRESH_MS);
    }
  }

  /** Types a query over the list of runs, and searches until a run is listed: the list may be a moment behind. */
  async find(query: string, workflowId: string): Promise<Locator> {
    await this.page.goto(this.address);
    await this.page.getByTestId('toggle-manual-query').click();
    await this.page.getByRole('searchbox', { name: 'Enter a query' }).fill(query);
    await this.page.getByRole('button', { name: 'Search' }).click();
    const table = this.page.getByRole('table', { name: 'Workflows' });
    const link = table.getByRole('link', { name: workflowId, exact: true });
    const until = Date.now() + STEP_TIMEOUT_MS;
    while (!(await isShown(link))) {
      if (Date.now() > until) throw new Error(`The query ${query} did not come to list ${workflowId}.`);
      await this.page.reload();
    }
    return link;
  }

  /** Sets up which columns the list has, as the gear below it does. */
  async showColumns(added: readonly string[], removed: readonly string[]): Promise<void> {
    await this.page.getByTestId('workflows-summary-table-configuration-button').click();
    for (const name of removed)
      await this.page.getByTestId(`orderable-list-item-${name}-remove-button`).click();
    for (const name of added) await this.page.getByTestId(`orderable-list-item-${name}-add-button`).click();
    await this.page.getByTestId('drawer-close-button').click();
    await this.page.getByTestId('drawer-close-button').waitFor({ state: 'hidden' });
  }

  /** Fills in the dialog of "More Actions" for a signal or an update, up to its Submit. */
  async prepare(kind: 'Send a Signal' | 'Send an Update', name: string, json: string): Promise<Locator> {
    const dialog = await this.dialog(kind);
    await this.choose(dialog);
    await dialog.getByRole('option', { name: new RegExp(`^${name}\\b`) }).click();
    await this.paste(dialog, json);
    return dialog;
  }

  async dialog(kind: string): Promise<Locator> {
    await this.page.getByRole('button', { name: 'More Actions' }).click();
    await this.page.getByRole('menuitem', { name: kind }).click();
    return this.page.getByRole('dialog', { name: kind });
  }

  /** Unfolds the names that a dialog offers. */
  async choose(dialog: Locator): Promise<void> {
    await dialog.getByRole('button', { name: /^Select/ }).click();
  }

  /** Puts JSON into the dialog's data box, in place of what is there. */
  async paste(dialog: Locator, json: string): Promise<void> {
    // The box is an editor: what is typed gets brackets closed and lines indented, what is pasted is taken as it is.
    await dialog.locator('.cm-content').click();
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.insertText(json);
  }

  async submit(dialog: Locator): Promise<void> {
    await dialog.getByRole('button', { name: 'Submit' }).click();
  }
}

async function isShown(locator: Locator): Promise<boolean> {
  return locator.waitFor({ timeout: LIST_TIMEOUT_MS }).then(
    () => true,
    () => false,
  );
}
