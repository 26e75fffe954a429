using System.Text;

namespace CloudStream.Cli.Produce;

/// <summary>
/// Reads lines as bytes: what is between two line feeds, whatever its encoding. The last line needs no line feed. A byte order mark of
/// UTF-8 before the first line is no part of it. Bounded: a line longer than the limit ends the reading.
/// </summary>
internal sealed class LineReader(Stream input, int maxLineBytes)
{
    private byte[] _buffer = new byte[128 * 1024];
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>Number of lines given out.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Whether a whole line is at hand, so that the next read does not wait for input.</summary>
    public bool HasBufferedLine => _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n') >= 0;

    /// <summary>False at the end of the input. The line is valid until the next call.</summary>
    /// <exception cref="InvalidDataException">The line is longer than the limit.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                length += searched;
                line = WithoutMark(_buffer.AsMemory(_start, length));
                LineNumber++;
                _start += length + 1;
                return true;
            }

            searched = _end - _start;
            if (searched > maxLineBytes)
                throw new InvalidDataException($"line {LineNumber + 1} is longer than {maxLineBytes} bytes");
            if (_atEnd)
                return TryTakeLast(out line);
            Fill();
        }
    }

    private bool TryTakeLast(out ReadOnlyMemory<byte> line)
    {
        line = WithoutMark(_buffer.AsMemory(_start, _end - _start));
        _start = _end;
        if (line.Length == 0)
            return false;
        LineNumber++;
        return true;
    }

    private ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> line) =>
        LineNumber == 0 && line.Span.StartsWith(Encoding.UTF8.Preamble) ? line[Encoding.UTF8.Preamble.Length..] : line;

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        int read = input.Read(_buffer, _end, _buffer.Length - _end);
        _atEnd = read == 0;
        _end += read;
    }
}
