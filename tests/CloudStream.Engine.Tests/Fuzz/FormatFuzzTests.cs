using System.Collections.Immutable;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Groups;
using CloudStream.Log.Journal;
using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Records.Compression;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.Fuzz;

/// <summary>
/// Seeded mutation of valid bytes for every parser of stored or produced bytes: whatever comes in, the answer is a value or the parser's
/// own exception, and what is allocated stays in proportion to the input. <c>FUZZ_CASES</c> sets how many cases each parser gets (default
/// 25,000).
/// </summary>
public sealed class FormatFuzzTests
{
    private const int MaxAllocatedBytes = 8 * 1024 * 1024;
    private static readonly int s_cases = int.TryParse(Environment.GetEnvironmentVariable("FUZZ_CASES"), out var cases) ? cases : 25_000;
    private static readonly ObjectRef s_segment = new(ObjectKind.Segment, 5, 77);

    [Fact]
    public void Produced_batches() => Fuzz(1, Batches(), bytes => RecordBatchValidator.Validate(bytes, 1_000_000));

    [Fact]
    public void Batches_whose_checksum_is_right() => Fuzz(2, Batches(), bytes =>
    {
        if (bytes.Length < RecordBatchLayout.HeaderBytes || RecordBatchLayout.HeaderBytes > new RecordBatchHeader(bytes).TotalBytes
            || new RecordBatchHeader(bytes).TotalBytes > bytes.Length)
            return;
        RecordBatchLayout.UpdateCrc(bytes);
        using var reader = RecordBatchReader.Read(bytes, new RecordReaderOptions { MaxDecompressedBytes = 1024 * 1024 });
        while (reader.TryRead(out var record))
            _ = record.Headers.Count;
    });

    [Fact]
    public void Flush_directories() => Fuzz(
        3,
        FlushDirectoryCodec.Encode(
            new FlushDirectory([new SegmentItem(0, 100, 3, 1_700_000_000_000), new SegmentItem(4, 61, 1, -1, 9, 1, 7, 77)], [1, 2],
                [new SlotPartition(0, Guid.Empty, 1), new SlotPartition(4, Guid.Empty, 2)])).ToArray(),
        bytes => FlushDirectoryCodec.Decode(bytes));

    [Fact]
    public void Merge_directories() => Fuzz(
        4,
        MergeDirectoryCodec.Encode(
            new MergeDirectory([new MergedSlice(3, 200, 10, 30, 5, [new SliceChunk(100, 20, 4), new SliceChunk(100, 30, 5)])], [9],
                [new SlotPartition(3, Guid.Empty, 0)], [s_segment])).ToArray(),
        bytes => MergeDirectoryCodec.Decode(bytes));

    [Fact]
    public void Segment_headers_and_trailers()
    {
        var header = new byte[SegmentLayout.HeaderBytes];
        new SegmentHeader(s_segment, 3).Encode(header);
        Fuzz(5, header, bytes => SegmentHeader.Decode(bytes));
        var trailer = new byte[SegmentLayout.TrailerBytes];
        SegmentTrailer.Encode(new DirectoryPointer(100, 20, 7), trailer);
        Fuzz(6, trailer, bytes => SegmentTrailer.Decode(bytes));
    }

    [Fact]
    public void Slots_and_their_entries() => Fuzz(
        7, Slot(), bytes => JournalSlot.Decode(new Register("journals/fuzz/0000/0011", bytes, 1, default)).Decode());

    [Fact]
    public void Checkpoints_whose_checksum_is_right() => Fuzz(8, CheckpointCodec.Encode(State()).ToArray(), bytes =>
    {
        if (bytes.Length > 4)
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(
                bytes.AsSpan(bytes.Length - 4), Crc32C.Compute(bytes.AsSpan(0, bytes.Length - 4)));
        CheckpointCodec.Decode(bytes, "fuzz");
    });

    [Fact]
    public void What_a_consumer_says_when_it_joins_and_what_it_is_assigned()
    {
        var subscription = new ConsumerSubscription
        {
            Topics = ["t", "other"],
            UserData = new byte[] { 1, 2, 3 },
            OwnedPartitions = [new TopicPartition("t", 0), new TopicPartition("t", 1)],
            GenerationId = 7,
            RackId = "r",
        };
        Fuzz(10, subscription.Write().ToArray(), bytes => ConsumerSubscription.TryRead(bytes, out _));
        var assignment = new ConsumerAssignment
        {
            Partitions = [new TopicPartition("t", 0), new TopicPartition("other", 2)],
            UserData = new byte[] { 9 }
        };
        Fuzz(11, assignment.Write().ToArray(), bytes => ConsumerAssignment.TryRead(bytes, out _));
    }

    private static void Fuzz(int seed, byte[] valid, Action<byte[]> parse)
    {
        parse([.. valid]);
        var random = new Random(seed);
        for (var i = 0; i < s_cases; i++)
        {
            var bytes = Mutate(random, valid);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                parse(bytes);
            }
            catch (Exception e) when (e is StoreException or InvalidRecordBatchException)
            {
                // The parser's own way to say no.
            }
            catch (Exception e)
            {
                Assert.Fail($"case {i} of seed {seed}: {e.GetType().Name} from {Convert.ToHexString(bytes)}\n{e}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MaxAllocatedBytes,
                $"case {i} of seed {seed}: {allocated} bytes allocated for {Convert.ToHexString(bytes)}");
        }
    }

    private static byte[] Mutate(Random random, byte[] valid)
    {
        var bytes = valid.ToList();
        for (var changes = random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = random.Next(2) == 0 ? (byte)0xff : (byte)0x7f; break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                case 4: bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256))); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Batches()
    {
        var plain = ShardCluster.Batch("one", "two", "three");
        var gzip = ShardCluster.Batch(
            new RecordBatchOptions { Compression = CompressionType.Gzip, ProducerId = 5, ProducerEpoch = 1, BaseSequence = 7 },
            "four", "five");
        return [.. gzip.Span, .. plain.Span];
    }

    private static byte[] Slot() => new JournalSlot(
        11, new WriteId(1, 2), new JournalHead(3, "0.test", new ObjectRef(ObjectKind.Checkpoint, 5, 1), 10, 12), JournalSlot.Encode(
        [
            new HorizonEntry(100, 12), new TrimEntry(6, 3, 17, [s_segment]), new HolderEntry(3, 9, "1.abc"),
            new LossAcceptedEntry(9, 3, 20, 30, "Ada"),
            new FlushEntry(1, s_segment, true, [new SegmentItem(0, 100, 3, 1), new SegmentItem(4, 61, 1, -1, 9, 1, 5, 77)], null),
            new MergeEntry(4, [new MergeOutput(s_segment, 2, [new MergeOutputSlice(3, 4_000, 10, 20, -1, 6)])], 5),
            new InlineFlushEntry(5, false, new InlineRecords([new SegmentItem(0, 3, 1, 5)], new byte[] { 1, 2, 3 })),
            new CheckpointEntry(9, s_segment, 4, new SpillRef(s_segment, 2)),
            new PartitionCreatedEntry(7, ShardCluster.Partition),
            new GroupsEntry(8, 3, Changes()), new ObjectEntry(9, s_segment, 5000, null),
        ])).Encode().ToArray();

    private static ImmutableArray<GroupChange> Changes()
    {
        var offsets = StoredGroup.NoOffsets
            .Add(new PartitionId(Guid.Empty, 0), new StoredOffset(5, -1, 1_700_000_000_000, "m"))
            .Add(new PartitionId(Guid.Empty, 300), new StoredOffset(0, 4, 1_600_000_000_000, ""));
        var member = new StoredMember("b-2", "b", "c", "/h", 6_000, 8_000, [new StoredProtocol("range", new byte[] { 1 })], default);
        return
        [
            new GenerationFormed("g", 7, "consumer", "range", "b-2", [member]), new GenerationAssigned("g", 7, [new byte[] { 2 }]),
            new OffsetsCommitted("g", offsets), new OffsetsExpired("g", offsets), new OffsetsDeleted("g", [new PartitionId(Guid.Empty, 1)]),
            new MemberReplaced("g", 7, "b-2", member with { Id = "b-3" }), new OffsetsCommitted("h", offsets), new GroupDeleted("i"),
        ];
    }

    private static ShardState State()
    {
        var state = ShardTransition.Apply(ShardState.Empty(3), 1, new PartitionCreatedEntry(0, ShardCluster.Partition));
        for (var i = 0; i < 20; i++)
            state = ShardTransition.Apply(
                state, 2 + i, new FlushEntry(i, new ObjectRef(ObjectKind.Segment, i, (ulong)i), false,
                    [new SegmentItem(0, 100 + i, 3, 1_700_000 + i, 42, 0, 3 * i)], null));
        state = ShardTransition.Apply(
            state, 25, new InlineFlushEntry(5, false, new InlineRecords([new SegmentItem(0, 3, 1, 5)], new byte[3])));
        state = ShardTransition.Apply(state, 30, new TrimEntry(0, 0, 6, []));
        state = ShardTransition.Apply(state, 31, new LossAcceptedEntry(5, 0, 7, 9, "Ada"));
        state = ShardTransition.Apply(state, 32, new HolderEntry(3, 1, "1.abc"));
        return ShardTransition.Apply(state, 33, new GroupsEntry(8, 1, Changes()));
    }
}
