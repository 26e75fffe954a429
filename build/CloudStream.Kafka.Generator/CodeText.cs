using System.Text;

namespace CloudStream.Kafka.Generator;

/// <summary>C# text under construction, with its indentation.</summary>
internal sealed class CodeText
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public void Line(string line = "")
    {
        if (line.Length > 0)
            _text.Append(' ', 4 * _depth).Append(line);
        _text.Append('\n');
    }

    public void Open(string? line = null, string bracket = "{")
    {
        if (line is not null)
            Line(line);
        Line(bracket);
        _depth++;
    }

    public void Close(string end = "}")
    {
        _depth--;
        Line(end);
    }

    /// <summary>
    /// Writes what <paramref name="body"/> writes, in a block under <paramref name="condition"/> unless that is null: always.
    /// </summary>
    public void If(string? condition, Action body)
    {
        if (condition is null)
        {
            body();
            return;
        }

        Open($"if ({condition})");
        body();
        Close();
    }

    public override string ToString() => _text.ToString();
}
