using Spectre.Console;

namespace CloudStream.Cli.Shell;

/// <summary>Columns for people: boxed on a terminal, plain and aligned in a pipe.</summary>
internal sealed class TextTable(params string[] headings)
{
    private readonly List<string[]> _rows = [];

    public TextTable Row(params string[] cells)
    {
        _rows.Add(cells);
        return this;
    }

    public void Print()
    {
        if (Console.IsOutputRedirected)
            PrintPlain(Console.Out);
        else
            PrintBoxed();
    }

    public void PrintPlain(TextWriter output)
    {
        int[] widths = [.. headings.Select((h, i) => _rows.Select(r => r[i].Length).Append(h.Length).Max())];
        foreach (string[] row in _rows.Prepend(headings))
            output.WriteLine(string.Join("  ",
                row.Select((cell, i) => IsNumber(cell) && i > 0 ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
    }

    private void PrintBoxed()
    {
        Table table = new Table().Border(TableBorder.Rounded);
        for (int i = 0; i < headings.Length; i++)
        {
            var column = new TableColumn(Markup.Escape(headings[i]));
            table.AddColumn(i > 0 && _rows.Count > 0 && _rows.TrueForAll(r => IsNumber(r[i])) ? column.RightAligned() : column);
        }

        foreach (string[] row in _rows)
            table.AddRow([.. row.Select(c => Markup.Escape(c))]);
        AnsiConsole.Write(table);
    }

    private static bool IsNumber(string cell) => cell.Length > 0 && (char.IsAsciiDigit(cell[0]) || cell[0] == '-');
}
