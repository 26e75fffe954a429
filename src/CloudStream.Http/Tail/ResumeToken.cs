using System.Buffers.Text;
using System.Runtime.InteropServices;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;

namespace CloudStream.Http.Tail;

/// <summary>
/// Where a stream of all partitions goes on: the topic's id and, for partitions 0 to n - 1, the offset of the record to send next. A
/// partition that is missing did not exist when the token was made: it is read from its beginning. Text in base64url; the bytes are in
/// docs/FORMATS.md and written by <see cref="ResumeTokenWriter"/>.
/// </summary>
internal sealed class ResumeToken
{
    /// <summary>The offsets as they are, above the least of them.</summary>
    public const byte Whole = 1;

    /// <summary>The lowest bits of the offsets: what is above them follows from where the partitions end.</summary>
    public const byte Low = 2;

    /// <summary>
    /// The highest bits of the offsets, above the least of them; partitions that are at their log start are marked instead.
    /// </summary>
    public const byte Rounded = 3;

    private const int MaxChars = 64 * 1024;

    private readonly byte[] _packed;
    private readonly byte[] _marks = [];
    private readonly Dictionary<int, long> _high = [];
    private readonly int _bits;
    private readonly int _shift;
    private readonly long _least;
    private readonly uint? _sum;

    // Throws where the bytes end too early; any other nonsense is refused by name.
    private ResumeToken(byte[] bytes)
    {
        var reader = new TokenReader(bytes);
        var kind = reader.Byte();
        TopicId = reader.Guid();
        Count = (int)reader.Number(int.MaxValue);
        _least = kind == Low ? 0 : reader.Number(long.MaxValue);
        _shift = kind == Rounded ? reader.Byte() : 0;
        _bits = reader.Byte();
        _sum = kind == Whole ? null : reader.UInt32();
        if (kind is not (Whole or Low or Rounded) || _bits + _shift > 63)
            throw new FormatException();
        if (kind == Rounded)
            _marks = reader.Bytes((int)(((long)Count + 7) / 8));
        _packed = reader.Bytes((int)Math.Min(int.MaxValue, ((long)Count * _bits + 7) / 8));
        if (kind == Low)
        {
            for (var left = reader.Number(Count); left > 0; left--)
                _high.Add((int)reader.Number(Count - 1), reader.Number(long.MaxValue >> _bits));
        }

        reader.End();
    }

    public Guid TopicId { get; }

    /// <summary>How many partitions it is about.</summary>
    public int Count { get; }

    /// <summary>Reads a token.</summary>
    /// <exception cref="RequestRejectedException">The text is no token.</exception>
    public static ResumeToken Parse(string text)
    {
        try
        {
            if (text.Length is > 0 and <= MaxChars)
                return new ResumeToken(Base64Url.DecodeFromChars(text));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            // Not what a server wrote.
        }

        throw new RequestRejectedException($"Last-Event-ID is \"{Excerpt.Of(text)}\"; it must be the id of an event of this stream.");
    }

    /// <summary>
    /// The offset to go on at in each partition; null where so much was appended or expired since that the token does not tell.
    /// </summary>
    /// <param name="partitions">The topic's partitions as they are now, at least as many as the token is about.</param>
    public long[]? Resolve(IReadOnlyList<PartitionInfo> partitions) =>
        _marks.Length > 0 ? ResolveRounded(partitions) : ResolveExact(partitions);

    private long[]? ResolveExact(IReadOnlyList<PartitionInfo> partitions)
    {
        var offsets = new long[Count];
        for (var i = 0; i < Count; i++)
        {
            var low = PackedBits.Get(_packed, (long)i * _bits, _bits);
            if (_sum is null)
                offsets[i] = _least + low;
            else if (_high.TryGetValue(i, out var high))
                offsets[i] = (high << _bits) | low;
            else
                offsets[i] = BelowEnd(low, partitions[i].HighWatermark);
        }

        return Array.TrueForAll(offsets, static o => o >= 0) && (_sum is null || _sum == ResumeTokenWriter.Sum(offsets)) ? offsets : null;
    }

    // Exact, or earlier by what was rounded away. Where retention has moved a log start past such an offset, or past the start that a mark
    // means, records may be missing.
    private long[]? ResolveRounded(IReadOnlyList<PartitionInfo> partitions)
    {
        var (offsets, starts) = (new long[Count], new List<long>());
        for (var i = 0; i < Count; i++)
        {
            var start = partitions[i].LogStartOffset;
            offsets[i] = _least + (PackedBits.Get(_packed, (long)i * _bits, _bits) << _shift);
            if (PackedBits.Get(_marks, i, 1) == 1)
                starts.Add(offsets[i] = start);
            else if (offsets[i] < start)
                return null;
        }

        return _sum == ResumeTokenWriter.Sum(CollectionsMarshal.AsSpan(starts)) ? offsets : null;
    }

    // The last offset with these low bits that is not beyond the end.
    private long BelowEnd(long low, long end) => end - ((end - low) & ((1L << _bits) - 1));
}
