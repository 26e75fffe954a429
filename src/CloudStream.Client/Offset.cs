using System.Globalization;

namespace CloudStream.Client;

/// <summary>
/// Where to read: a number, or a place that is looked up when reading begins (<see cref="Beginning"/>, <see cref="End"/>,
/// <see cref="At(DateTimeOffset)"/>).
/// </summary>
public readonly record struct Offset
{
    private readonly long _number;
    private readonly OffsetKind _kind;

    /// <param name="value">An offset, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public Offset(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        _number = value;
    }

    private Offset(OffsetKind kind, long number)
    {
        _kind = kind;
        _number = number;
    }

    /// <summary>The lowest offset that the log still holds.</summary>
    public static Offset Beginning { get; } = new(OffsetKind.Beginning, 0);

    /// <summary>After the last record: only what is produced from now on.</summary>
    public static Offset End { get; } = new(OffsetKind.End, 0);

    /// <summary>Whether this is a number already.</summary>
    public bool IsNumber => _kind == OffsetKind.Number;

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">The offset must be looked up first.</exception>
    public long Value => IsNumber
        ? _number
        : throw new InvalidOperationException($"The offset {this} has no number before it is looked up.");

    /// <summary>The <c>at</c> of the broker's look-up of offsets.</summary>
    internal string Query => _kind switch
    {
        OffsetKind.Beginning => "earliest",
        OffsetKind.End => "latest",
        _ => _number.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The first record with this timestamp or a later one; the end where there is none.</summary>
    public static Offset At(DateTimeOffset timestamp) => new(OffsetKind.Timestamp, timestamp.ToUnixTimeMilliseconds());

    /// <summary>An offset by its number.</summary>
    public static Offset FromInt64(long value) => new(value);

    /// <summary>An offset by its number.</summary>
    public static implicit operator Offset(long value) => new(value);

    public override string ToString() => _kind switch
    {
        OffsetKind.Beginning => "beginning",
        OffsetKind.End => "end",
        OffsetKind.Timestamp => $"time {DateTimeOffset.FromUnixTimeMilliseconds(_number):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}",
        _ => _number.ToString(CultureInfo.InvariantCulture),
    };

    private enum OffsetKind
    {
        Number,
        Beginning,
        End,
        Timestamp,
    }
}
