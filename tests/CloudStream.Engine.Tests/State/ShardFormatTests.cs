using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.State;

/// <summary>Golden bytes of slot and checkpoint, and what becomes of bytes that are no such thing.</summary>
public sealed class ShardFormatTests
{
    private static readonly ObjectRef s_checkpoint = new(ObjectKind.Checkpoint, 5, 0x0102030405060708);
    private static readonly PartitionId s_partition = new(new Guid("00112233-4455-6677-8899-aabbccddeeff"), 2);

    [Fact]
    public void A_slot_has_the_bytes_that_the_formats_page_gives()
    {
        var slot = Slot([new HorizonEntry(100, 12)]);

        Assert.Equal(
            "43534A53" + "02" + "0B" + "0807060504030201" + "1817161514131211" + "03" + "07302F7465737421" + "01" + "63050807060504030201"
                + "0A" + "0C" + "01" + "0A640C",
            Convert.ToHexString(slot.Encode().Span));
        var read = JournalSlot.Decode(new Register("journals/test/0007/0011", slot.Encode(), 1, default));
        Assert.Equal((slot.Version, slot.Previous, slot.Head), (read.Version, read.Previous, read.Head));
        Assert.Equal(slot.Entries.ToArray(), read.Entries.ToArray());
    }

    [Fact]
    public void Every_entry_comes_back_as_it_was()
    {
        var segment = new ObjectRef(ObjectKind.Segment, 7, ulong.MaxValue);
        var merged = new ObjectRef(ObjectKind.Merged, 8, 1);
        var page = new PageRef(new ObjectRef(ObjectKind.Page, 9, 2), 1, 100, 300, -1, 5_000_000_000);
        Entry[] entries =
        [
            new FlushEntry(1, segment, true,
                [new SegmentItem(0, 100, 3, 1_700_000_000_000), new SegmentItem(4, 61, 1, -1, 9, 1, int.MaxValue, 77)], null),
            new FlushEntry(2, segment, false, default, new DirectoryPointer(1L << 40, 1234, 0xdeadbeef)),
            new HolderEntry(3, 9, "1.abc"),
            new HolderEntry(3, 9, null),
            new MergeEntry(4, [new MergeOutput(merged, 2, [new MergeOutputSlice(3, 4_000_000_000, 10, 20, -1, 6)])], 5),
            new PageEntry(5, 3, page, 32),
            new TrimEntry(6, 3, 17, [segment, merged]),
            new PartitionCreatedEntry(7, s_partition),
            new PartitionDeletedEntry(8, s_partition),
            new CheckpointEntry(9, s_checkpoint, 4),
            new HorizonEntry(10, 11),
            new TrashEmptiedEntry(11, 2, merged),
            new ProducersExpiredEntry(12, 1_600_000_000_000),
            new CheckpointEntry(9, s_checkpoint, 4, new SpillRef(new ObjectRef(ObjectKind.Spill, 4, 7), 2)),
            new InlineFlushEntry(14, true, new InlineRecords([new SegmentItem(0, 3, 1, 5), new SegmentItem(4, 2, 1, -1, 9, 1, 7)],
                new byte[] { 1, 2, 3, 4, 5 })),
            new LossAcceptedEntry(13, 3, 5_000_000_000, 5_000_000_007, "Ada Lovelace"),
        ];

        var commit = Slot(entries);

        // Records hold arrays, which compare by reference: so compare what they encode to, and the types.
        Assert.Equal(entries.Select(e => e.GetType()), commit.Decode().Select(e => e.GetType()));
        Assert.Equal(commit.Entries.ToArray(), Slot(commit.Decode()).Entries.ToArray());
        var flush = (FlushEntry)commit.Decode()[0];
        Assert.Equal(((FlushEntry)entries[0]).Items, flush.Items.AsEnumerable());
        Assert.Equal(entries[12..14], commit.Decode()[12..14].AsEnumerable());
        Assert.Equal(entries[15], commit.Decode()[15]);
        Assert.Equal("0102030405", Convert.ToHexString(((InlineFlushEntry)commit.Decode()[14]).Records.Bytes.Span));
    }

    [Fact]
    public void A_checkpoint_keeps_accepted_losses()
    {
        var state = SampleState();
        var slot = state.Find(s_partition)!.Slot;
        var (first, end) = (state.Find(s_partition)!.LogStartOffset, state.Find(s_partition)!.EndOffset);
        var given = ShardTransition.Apply(state, state.Version + 1, new LossAcceptedEntry(77, slot, first, end, "Ada"));

        var decoded = CheckpointCodec.Decode(CheckpointCodec.Encode(given).Span, "test");

        Assert.Equal([new AcceptedLoss(first, end, 77, "Ada")], decoded.Find(s_partition)!.Losses.AsEnumerable());
        Assert.Equal(CheckpointCodec.Encode(given).ToArray(), CheckpointCodec.Encode(decoded).ToArray());
    }

    [Fact]
    public void A_checkpoint_brings_back_everything_that_the_state_holds()
    {
        var state = SampleState() with { LeaderEpoch = 3 };

        var decoded = CheckpointCodec.Decode(CheckpointCodec.Encode(state).Span, "test");

        Assert.Equal(CheckpointCodec.Encode(state).ToArray(), CheckpointCodec.Encode(decoded).ToArray());
        Assert.Equal((state.Version, state.Epoch, state.Holder, 3, state.Horizon, state.LeaselessVersion),
            (decoded.Version, decoded.Epoch, decoded.Holder, decoded.LeaderEpoch, decoded.Horizon, decoded.LeaselessVersion));
        Assert.Equal(state.Find(s_partition)!.Recent, decoded.Find(s_partition)!.Recent);
        Assert.Equal(state.Find(s_partition)!.Pages, decoded.Find(s_partition)!.Pages.AsEnumerable());
        Assert.Equal(state.Trash, decoded.Trash);
        Assert.Equal(state.Objects.Values.OrderBy(o => o.Sequence), decoded.Objects.Values.OrderBy(o => o.Sequence));
        Assert.Equal(5, decoded.Find(s_partition)!.Producers[42].Recent.Length);
    }

    [Fact]
    public void Cut_or_damaged_bytes_are_corrupt_and_nothing_else()
    {
        var checkpoint = CheckpointCodec.Encode(SampleState()).ToArray();
        var slot = Slot([new HorizonEntry(100, 12), new TrimEntry(6, 3, 17, [s_checkpoint])]).Encode().ToArray();

        for (var length = 0; length < checkpoint.Length; length++)
            Assert.Equal(StoreErrorKind.Corrupt,
                Assert.Throws<StoreException>(() => CheckpointCodec.Decode(checkpoint.AsSpan(0, length), "test")).Kind);
        for (var i = 0; i < checkpoint.Length; i++)
        {
            var damaged = checkpoint.ToArray();
            damaged[i] ^= 0x40;
            Assert.Throws<StoreException>(() => CheckpointCodec.Decode(damaged, "test"));
        }

        for (var length = 0; length < slot.Length; length++)
            Assert.Throws<StoreException>(() => Read(slot[..length]).Decode());
        for (var i = 0; i < slot.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var damaged = slot.ToArray();
                damaged[i] ^= (byte)(1 << bit);
                DecodeAll(damaged); // It may still be a slot, but never anything but a slot or a StoreException.
            }
        }
    }

    [Fact]
    public void A_newer_format_is_refused_by_name()
    {
        var slot = Slot([]).Encode().ToArray();
        slot[4] = 3;

        var refused = Assert.Throws<StoreException>(() => Read(slot));

        Assert.Equal((StoreErrorKind.Refused, "register journals/test/0007/0011 has format 3; this version reads format 2"),
            (refused.Kind, refused.Message));
    }

    private static void DecodeAll(byte[] bytes)
    {
        try
        {
            Read(bytes).Decode();
        }
        catch (StoreException)
        {
            // What was expected.
        }
    }

    private static JournalSlot Slot(IReadOnlyList<Entry> entries) => new(
        11, new WriteId(0x0102030405060708, 0x1112131415161718), new JournalHead(3, "0/test!", s_checkpoint, 10, 12),
        JournalSlot.Encode(entries));

    private static JournalSlot Read(byte[] bytes) => JournalSlot.Decode(new Register("journals/test/0007/0011", bytes, 1, default));

    private static ShardState SampleState()
    {
        var state = ShardState.Empty(3);
        state = ShardTransition.Apply(state, 1, new PartitionCreatedEntry(0, s_partition));
        state = ShardTransition.Apply(state, 2, new HolderEntry(0, 1, "0.x"));
        for (var i = 0; i < 200; i++)
        {
            var item = new SegmentItem(0, 100 + i, 3, 1_700_000_000_000 + i, 42, 0, 3 * i);
            state = ShardTransition.Apply(
                state, 3 + i, new FlushEntry(i, new ObjectRef(ObjectKind.Segment, 2 + i, (ulong)i), i % 50 == 0, [item], null));
        }

        var first = state.Find(s_partition)!.Recent[9];
        var page = new PageRef(new ObjectRef(ObjectKind.Page, 200, 99), 0, 0, first.EndOffset, first.MaxTimestamp, 1045);
        state = ShardTransition.Apply(state, 203, new PageEntry(0, 0, page, 0));
        state = ShardTransition.Apply(state, 204, new CheckpointEntry(0, s_checkpoint, 150));
        state = ShardTransition.Apply(state, 205, new TrimEntry(0, 0, 45, []));
        return ShardTransition.Apply(state, 206, new HorizonEntry(0, 206));
    }
}
