// The item in the status bar: which server answers, what it found, and what is wrong.

import { DiagnosticSeverity, languages, MarkdownString, StatusBarAlignment, ThemeColor, window, type Disposable } from "vscode";

export class Status implements Disposable {
  private readonly item = window.createStatusBarItem("hallpass", StatusBarAlignment.Right, 100);
  private kind = "";
  private version: string;
  private counts = [0, 0, 0, 0];
  private files: number | undefined;
  private left = 0;
  private trouble: string | undefined;
  private busy = true;

  constructor(private readonly own: { version: string }) {
    this.version = own.version;
    this.item.name = "hallpass";
    this.item.show();
  }

  starting(): void {
    this.busy = true;
    this.trouble = undefined;
    this.files = undefined;
    this.left = 0;
    this.draw();
  }

  running(kind: string, version: string | undefined): void {
    this.busy = false;
    this.kind = kind;
    this.version = version ?? this.own.version;
    this.draw();
  }

  checked(files: number, trouble: string | undefined): void {
    this.files = files;
    this.trouble = trouble;
    this.draw();
  }

  leftOut(left: number): void {
    this.left = left;
    this.draw();
  }

  failed(why: string): void {
    this.busy = false;
    this.trouble = why;
    this.draw();
  }

  /** Counts what is found, whoever says it. */
  count(source: string): void {
    const found = languages.getDiagnostics().flatMap(([, its]) => its.filter((one) => one.source === source));
    const severities = [DiagnosticSeverity.Error, DiagnosticSeverity.Warning, DiagnosticSeverity.Information, DiagnosticSeverity.Hint];
    this.counts = severities.map((severity) => found.filter((one) => one.severity === severity).length);
    this.draw();
  }

  private draw(): void {
    const sum = this.counts.reduce((a, b) => a + b, 0);
    const icon = this.trouble ? "$(warning)" : this.busy ? "$(sync~spin)" : "$(key)";
    this.item.text = `${icon} hallpass${this.busy ? "" : ` ${sum}`}`;
    const [high, medium, low, info] = this.counts;
    const tooltip = new MarkdownString();
    const lines = [
      this.kind && `hallpass ${this.version} (${this.kind})`,
      `${high} high, ${medium} medium, ${low} low, ${info} info`,
      this.files !== undefined && `${this.files} files known`,
      this.left > 0 && `${this.left} files left out: too large, or more than \`hallpass.files.most\``,
    ];
    lines.filter(Boolean).forEach((line) => tooltip.appendMarkdown(`${line}\n\n`));
    // What went wrong may name things of others.
    if (this.trouble) tooltip.appendText(this.trouble);
    this.item.tooltip = tooltip;
    this.item.backgroundColor = this.trouble ? new ThemeColor("statusBarItem.warningBackground") : undefined;
    this.item.command = this.trouble ? "hallpass.showOutput" : "workbench.actions.view.problems";
  }

  dispose(): void {
    this.item.dispose();
  }
}
