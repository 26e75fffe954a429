using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Groups;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Formats;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>The bytes of groups in checkpoints and entries, as docs/FORMATS.md has them.</summary>
public sealed class GroupBytesTests
{
    private const string Member1 = "02" + "6D31" + "00" + "01" + "63" + "02" + "2F68" + "F02E" + "E0A712" // m1, dynamic, c, /h, times
        + "01" + "05" + "72616E6765" + "02" + "0102"; // one protocol, range, 0102

    private const string Offsets = "01" + "00112233445566778899AABBCCDDEEFF" + "02"; // one topic, two partitions

    private const string Group = "AC02" // generation 300
        + "08" + "636F6E73756D6572" + "05" + "72616E6765" + "02" + "6D31" // consumer, range, led by m1
        + "01" + "8101" // assigned; empty since 129
        + "02" + Member1 + "01" + "FF" // assignment FF
        + "02" + "6D32" + "01" + "01" + "69" + "00" + "00" + "F02E" + "E0A712" + "00" + "00" // m2, instance i
        + Offsets
        + "01" + "C801" + "08" + "D00F" + "03" + "C3A461" // partition 1: offset 100, epoch 7, time 1000, "äa"
        + "01" + "01" + "00" + "01" + "00"; // partition 3: offset -1, no epoch, time 999, ""

    private const string Entry = "0E" + "E807" + "03" + "02" // groups, at 1000, epoch 3, two changes
        + "01" + "01" + "67" + Offsets // g commits
        + "01" + "C801" + "08" + "00" + "03" + "C3A461" // time: 0 more than the entry's
        + "01" + "01" + "00" + "01" + "00"
        + "04" + "01" + "67" + "AC02" + "08" + "636F6E73756D6572" + "05" + "72616E6765" + "02" + "6D31" // g forms generation 300
        + "01" + Member1 + "00";

    private static readonly Guid s_topic = new("00112233-4455-6677-8899-aabbccddeeff");

    private static readonly StoredMember s_member = new("m1", null, "c", "/h", 6000, 300_000,
        [new StoredProtocol("range", new byte[] { 1, 2 })], new byte[] { 0xff });

    private static readonly ImmutableSortedDictionary<PartitionId, StoredOffset> s_offsets = StoredGroup.NoOffsets
        .Add(new PartitionId(s_topic, 3), new StoredOffset(-1, -1, 999, ""))
        .Add(new PartitionId(s_topic, 1), new StoredOffset(100, 7, 1000, "äa"));

    private static readonly StoredGroup s_group = new()
    {
        Generation = 300,
        ProtocolType = "consumer",
        ProtocolName = "range",
        LeaderId = "m1",
        IsAssigned = true,
        EmptySinceMs = 129,
        Members = [s_member, new StoredMember("m2", "i", "", "", 6000, 300_000, [], default)],
        Offsets = s_offsets,
    };

    private static readonly GroupsEntry s_entry = new(1000, 3,
    [
        new OffsetsCommitted("g", s_offsets),
        new GenerationFormed("g", 300, "consumer", "range", "m1", [s_member with { Assignment = default }]),
    ]);

    public static TheoryData<string> Changes => [.. s_changes.Keys];

    private static readonly Dictionary<string, GroupChange> s_changes = new GroupChange[]
    {
        new OffsetsCommitted("g", s_offsets),
        new OffsetsDeleted("g", [new PartitionId(s_topic, 3), new PartitionId(s_topic, 1)]),
        new OffsetsExpired("g", s_offsets),
        new GenerationFormed("g", 300, "consumer", "range", "m1", [s_member]),
        new GenerationFormed("", int.MaxValue, "", "", "", []),
        new GenerationAssigned("g", 300, [new byte[] { 1, 2, 3 }, default]),
        new MemberReplaced("g", 300, "m0", s_member),
        new GroupDeleted("ä"),
    }.ToDictionary(c => $"{c.GetType().Name} of '{c.Group}'");

    [Fact]
    public void A_group_in_a_checkpoint_is_these_bytes()
    {
        var writer = new FormatWriter();
        GroupCodec.WriteGroup(writer, s_group);
        Assert.Equal(Group, Convert.ToHexString(writer.Written.Span));

        var reader = new FormatReader(Convert.FromHexString(Group), "a group");
        var decoded = GroupCodec.ReadGroup(ref reader);
        Assert.Equal((300, "consumer", "range", "m1", true, 129L), (decoded.Generation, decoded.ProtocolType, decoded.ProtocolName,
            decoded.LeaderId, decoded.IsAssigned, decoded.EmptySinceMs));
        Assert.Equal(s_offsets.ToList(), decoded.Offsets.ToList());
        Assert.Equal(["m1", "m2"], decoded.Members.Select(m => m.Id));
    }

    [Fact]
    public void An_entry_of_groups_is_these_bytes()
    {
        var writer = new FormatWriter();
        EntryCodec.Write(writer, s_entry);
        Assert.Equal(Entry, Convert.ToHexString(writer.Written.Span));
    }

    [Theory, MemberData(nameof(Changes))]
    public void Every_change_comes_back_and_is_corrupt_when_it_is_cut_off(string name)
    {
        var writer = new FormatWriter();
        EntryCodec.Write(writer, new GroupsEntry(7, 0, [s_changes[name]]));
        var bytes = writer.Written.ToArray();
        var reader = new FormatReader(bytes, "an entry");
        var again = new FormatWriter();
        EntryCodec.Write(again, EntryCodec.Read(ref reader));
        reader.End();
        Assert.Equal(bytes, again.Written.ToArray());
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal(StoreErrorKind.Corrupt, Assert.Throws<StoreException>(() => Read(bytes[..length])).Kind);
    }

    [Fact]
    public void An_entry_in_an_object_is_checked_at_every_byte_and_length()
    {
        var bytes = EntryObjectCodec.Encode(s_entry).ToArray();
        Assert.Equal("4353454E" + "01" + Entry, Convert.ToHexString(bytes.AsSpan(0, bytes.Length - 4)));
        Assert.IsType<GroupsEntry>(EntryObjectCodec.Decode(bytes, "o"));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<StoreException>(() => EntryObjectCodec.Decode(bytes.AsSpan(0, length), "o"));
            bytes[length] ^= 0x10;
            Assert.Throws<StoreException>(() => EntryObjectCodec.Decode(bytes, "o"));
            bytes[length] ^= 0x10;
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(0)]
    [InlineData(-1)]
    public void Every_leader_epoch_is_kept(int epoch)
    {
        var entry = new StoredOffset(long.MaxValue, epoch, 1, "");
        var writer = new FormatWriter();
        GroupCodec.WriteGroup(writer, StoredGroup.New with { Offsets = StoredGroup.NoOffsets.Add(new PartitionId(s_topic, 0), entry) });
        var reader = new FormatReader(writer.Written.Span, "a group");

        Assert.Equal(entry, GroupCodec.ReadGroup(ref reader).Offsets.Single().Value);
    }

    // By Java: Utils.abs("…".hashCode()) % 50.
    [Theory]
    [InlineData("", 0)]
    [InlineData("g", 3)]
    [InlineData("test-group", 12)]
    [InlineData("polygenelubricants", 0)]
    public void A_group_is_of_the_virtual_partition_that_Kafka_would_keep_it_in(string group, int partition) =>
        Assert.Equal(partition, GroupTransition.OffsetsTopicPartitionOf(group));

    private static Entry Read(byte[] bytes)
    {
        var reader = new FormatReader(bytes, "an entry");
        return EntryCodec.Read(ref reader);
    }
}
