using System.Buffers;
using System.Globalization;
using System.Text;

namespace CloudStream.Cli.Shell;

/// <summary>Escapes in arguments, for what a shell makes hard to type: <c>\n \r \t \0 \\</c> and <c>\xNN</c>, a byte.</summary>
internal static class Escapes
{
    /// <summary>The bytes of a text, which is UTF-8 but for its escapes.</summary>
    /// <exception cref="FormatException">An escape that does not exist; the message names it.</exception>
    public static byte[] Read(string text)
    {
        var bytes = new ArrayBufferWriter<byte>();
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        for (int i = 0; i < utf8.Length; i++)
            bytes.Write([utf8[i] == (byte)'\\' ? Read(utf8, ref i) : utf8[i]]);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The byte that the escape at <paramref name="at"/> stands for; moves to the escape's last character.</summary>
    /// <exception cref="FormatException">An escape that does not exist; the message names it.</exception>
    public static byte Read(ReadOnlySpan<byte> utf8, ref int at)
    {
        // 'a' stands for the end of the text: no escape begins so.
        char escape = ++at < utf8.Length ? (char)utf8[at] : 'a';
        switch (escape)
        {
            case 'n':
                return (byte)'\n';
            case 'r':
                return (byte)'\r';
            case 't':
                return (byte)'\t';
            case '0':
                return 0;
            case '\\':
                return (byte)'\\';
            case 'x' when at + 2 < utf8.Length && IsHex(utf8.Slice(at + 1, 2)):
                at += 2;
                return byte.Parse(utf8.Slice(at - 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            default:
                throw new FormatException($@"there is no escape '\{(at < utf8.Length ? escape : "")}'; there are \n \r \t \0 \\ and \xNN");
        }
    }

    private static bool IsHex(ReadOnlySpan<byte> digits) => char.IsAsciiHexDigit((char)digits[0]) && char.IsAsciiHexDigit((char)digits[1]);
}
