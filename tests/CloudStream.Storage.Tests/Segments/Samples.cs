using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Storage.Tests.Segments;

internal static class Samples
{
    public const long Timestamp = 1_700_000_000_000;

    public static readonly FlushDirectory Flush = new(
        [
            new(3, 300, 2, Timestamp),
            new(3, 100, 1, Timestamp, ProducerId: 5000, ProducerEpoch: 0, BaseSequence: 7),
            new(1, 7, 1, Timestamp - 5, ExpectedOffset: 42),
        ],
        [0x11223344, 0x55667788],
        [new(3, new Guid("00010203-0405-0607-0809-0a0b0c0d0e0f"), 9)]);

    public static readonly MergeDirectory Merge = new(
        [
            new(1, 1000, 50, 60, Timestamp, [new(600, 54, Timestamp - 3), new(400, 60, Timestamp)]),
            new(1, 20, 60, 61, -1, [new(20, 61, -1)]),
        ],
        [1, 2],
        [],
        [new(ObjectKind.Segment, 200, 0x1122334455667788)]);

    public static readonly SegmentHeader Header = new(new ObjectRef(ObjectKind.Segment, 0x0102030405, 0xA1B2C3D4E5F60718), 7);

    public static void AssertSame(FlushDirectory expected, FlushDirectory actual)
    {
        Assert.Equal(expected.Items, actual.Items);
        Assert.Equal(expected.SliceCrcs, actual.SliceCrcs);
        Assert.Equal(expected.Partitions, actual.Partitions);
    }

    public static void AssertSame(MergeDirectory expected, MergeDirectory actual)
    {
        Assert.Equal(expected.Slices.Select(slice => slice with { Chunks = [] }),
            actual.Slices.Select(slice => slice with { Chunks = [] }));
        Assert.Equal(expected.Slices.SelectMany(slice => slice.Chunks), actual.Slices.SelectMany(slice => slice.Chunks));
        Assert.Equal(expected.SliceCrcs, actual.SliceCrcs);
        Assert.Equal(expected.Partitions, actual.Partitions);
        Assert.Equal(expected.Inputs, actual.Inputs);
    }

    /// <summary>
    /// Runs a parser over the bytes truncated at every length (all corrupt) and with every byte replaced (read or corrupt, nothing else).
    /// </summary>
    public static void AssertSurvivesDamage(byte[] bytes, Action<byte[]> parse)
    {
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal(StoreErrorKind.Corrupt, Assert.Throws<StoreException>(() => parse(bytes[..length])).Kind);
        Assert.Equal(StoreErrorKind.Corrupt, Assert.Throws<StoreException>(() => parse([.. bytes, 0])).Kind);
        for (var i = 0; i < bytes.Length; i++)
        {
            for (var flip = 1; flip < 256; flip++)
            {
                var damaged = (byte[])bytes.Clone();
                damaged[i] ^= (byte)flip;
                try
                {
                    parse(damaged);
                }
                catch (StoreException e)
                {
                    Assert.Equal(StoreErrorKind.Corrupt, e.Kind);
                }
            }
        }
    }
}
