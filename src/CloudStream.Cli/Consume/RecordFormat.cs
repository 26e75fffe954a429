using System.Buffers;
using System.Buffers.Text;
using System.Text;
using CloudStream.Cli.Shell;
using CloudStream.Records;

namespace CloudStream.Cli.Consume;

/// <summary>
/// A format string with kcat's tokens, parsed once and applied to each record: <c>%t</c> topic, <c>%p</c> partition, <c>%o</c> offset,
/// <c>%k</c> key, <c>%s</c> value, <c>%K</c> and <c>%S</c> their lengths (-1 for null), <c>%h</c> headers, <c>%T</c> timestamp in
/// milliseconds, <c>%%</c> a percent sign; <c>\n \r \t \0 \\</c> and <c>\xNN</c>. A null key or value prints nothing.
/// </summary>
internal sealed class RecordFormat
{
    public const string Default = @"%s\n";
    private const string Tokens = "tpokKsShT";
    private readonly List<Part> _parts;

    private RecordFormat(List<Part> parts) => _parts = parts;

    private readonly record struct Part(char Token, byte[] Literal);

    /// <exception cref="FormatException">A token or escape that does not exist; the message names it.</exception>
    public static RecordFormat Parse(string format)
    {
        var parts = new List<Part>();
        var literal = new ArrayBufferWriter<byte>();
        byte[] text = Encoding.UTF8.GetBytes(format);
        for (int i = 0; i < text.Length; i++)
        {
            switch ((char)text[i])
            {
                case '%' when i + 1 < text.Length && text[i + 1] == '%':
                    literal.Write("%"u8);
                    i++;
                    break;
                case '%':
                    Close(parts, literal);
                    parts.Add(new Part(Token(text, ++i), []));
                    break;
                case '\\':
                    literal.Write([Escapes.Read(text, ref i)]);
                    break;
                default:
                    literal.Write([text[i]]);
                    break;
            }
        }

        Close(parts, literal);
        return new RecordFormat(parts);
    }

    public void Write(IBufferWriter<byte> output, in FormattedRecord record)
    {
        foreach (Part part in _parts)
        {
            switch (part.Token)
            {
                case '\0':
                    output.Write(part.Literal);
                    break;
                case 't':
                    output.Write(record.Topic.Span);
                    break;
                case 'p':
                    WriteNumber(output, record.Partition);
                    break;
                case 'o':
                    WriteNumber(output, record.Offset);
                    break;
                case 'k':
                    output.Write(record.Key.GetValueOrDefault().Span);
                    break;
                case 's':
                    output.Write(record.Value.GetValueOrDefault().Span);
                    break;
                case 'K':
                    WriteNumber(output, record.Key?.Length ?? -1);
                    break;
                case 'S':
                    WriteNumber(output, record.Value?.Length ?? -1);
                    break;
                case 'T':
                    WriteNumber(output, record.TimestampMs);
                    break;
                case 'h':
                    WriteHeaders(output, record.Headers);
                    break;
            }
        }
    }

    private static void WriteHeaders(IBufferWriter<byte> output, RecordHeader[] headers)
    {
        for (int i = 0; i < headers.Length; i++)
        {
            if (i > 0)
                output.Write(","u8);
            output.Write(Encoding.UTF8.GetBytes(headers[i].Key));
            output.Write("="u8);
            output.Write(headers[i].Value is { } value ? value.Span : "NULL"u8);
        }
    }

    private static void WriteNumber(IBufferWriter<byte> output, long number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(20), out int length);
        output.Advance(length);
    }

    private static char Token(byte[] format, int at)
    {
        char token = at < format.Length ? (char)format[at] : '\0';
        if (token == '\0' || !Tokens.Contains(token, StringComparison.Ordinal))
            throw new FormatException(
                $"the format has no token '%{(token == '\0' ? "" : token)}'; there are %t %p %o %k %s %K %S %h %T %%");
        return token;
    }

    private static void Close(List<Part> parts, ArrayBufferWriter<byte> literal)
    {
        if (literal.WrittenCount > 0)
            parts.Add(new Part('\0', literal.WrittenSpan.ToArray()));
        literal.ResetWrittenCount();
    }
}
