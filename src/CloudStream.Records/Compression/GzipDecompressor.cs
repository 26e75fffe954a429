using System.IO.Compression;

namespace CloudStream.Records.Compression;

/// <summary>
/// gzip by the framework. Its stream cannot begin again, but it goes on with the next member of its input: so each text is fed to it as
/// more members of one endless file, and one stream serves them all.
/// </summary>
internal sealed class GzipDecompressor : Decompressor
{
    private const int EndMarkBytes = 8;

    private readonly byte[] _tail = new byte[EndMarkBytes];
    private readonly Feed _feed;
    private readonly GZipStream _gzip;
    private int _tailBytes;
    private bool _endMarkFed;
    private bool _ended = true;

    public GzipDecompressor()
    {
        _feed = new Feed(this);
        _gzip = new GZipStream(_feed, CompressionMode.Decompress);
    }

    public override void Dispose()
    {
        _gzip.Dispose();
        _feed.Dispose();
    }

    protected override CompressionType Type => CompressionType.Gzip;

    // A member of our own that follows the data: the framework takes cut-off data for finished, and this one decodes only after data that
    // really is. Header, a final stored block of eight bytes (the end mark), their CRC and length.
    private static ReadOnlySpan<byte> EndMember =>
    [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1, 8, 0, 0xF7, 0xFF,
        0xE1, 0xC3, 0xA5, 0x87, 0x0F, 0x2D, 0x4B, 0x69,
        0x88, 0x19, 0xAF, 0xD2, 8, 0, 0, 0,
    ];

    private static ReadOnlySpan<byte> EndMark => EndMember.Slice(15, EndMarkBytes);

    protected override void Start() => (_tailBytes, _endMarkFed, _ended) = (0, false, false);

    // Always holds back the last bytes, which must be the end mark in the end.
    protected override int ReadSome(Span<byte> plain)
    {
        while (!_ended)
        {
            _tail.AsSpan(0, _tailBytes).CopyTo(plain);
            var read = ReadPlain(plain[_tailBytes..]);
            if (read == 0)
            {
                if (!_tail.AsSpan(0, _tailBytes).SequenceEqual(EndMark))
                    throw Damaged("it is cut off, or something follows it");
                _ended = true;
                return 0;
            }

            var there = _tailBytes + read;
            _tailBytes = Math.Min(there, EndMarkBytes);
            plain[(there - _tailBytes)..there].CopyTo(_tail);
            if (there > _tailBytes)
                return there - _tailBytes;
        }

        return 0;
    }

    protected override bool TryStop() => _ended;

    private int ReadPlain(Span<byte> plain)
    {
        try
        {
            return _gzip.Read(plain);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Damaged("it does not decode", e);
        }
    }

    private int FeedTo(Span<byte> buffer)
    {
        var input = Input;
        if (!input.IsEmpty)
        {
            var length = Math.Min(input.Length, buffer.Length);
            input[..length].CopyTo(buffer);
            Consume(length);
            return length;
        }

        // The framework's buffer is far larger than the end member.
        if (_endMarkFed)
            return 0;
        _endMarkFed = true;
        EndMember.CopyTo(buffer);
        return EndMember.Length;
    }

    /// <summary>What the framework's stream reads from.</summary>
    private sealed class Feed(GzipDecompressor owner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer) => owner.FeedTo(buffer);

        public override int Read(byte[] buffer, int offset, int count) => owner.FeedTo(buffer.AsSpan(offset, count));

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
