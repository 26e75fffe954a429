using CloudStream.Cluster.Groups.Registers;
using CloudStream.Log.Calls;
using CloudStream.Storage;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>The bytes of a group's register, as docs/FORMATS.md has them.</summary>
public sealed class GroupBytesTests
{
    private const string Golden =
        "43534752" + "01" // magic, format
        + "03" + "03" + "302E78" // claim: epoch 3, holder "0.x"
        + "AC02" // generation 300
        + "08" + "636F6E73756D6572" + "05" + "72616E6765" // consumer, range
        + "8101" // empty since 129
        + "02" // members
        + "02" + "6D31" + "00" + "F02E" + "E0A712" // m1, dynamic, 6000, 300000
        + "02" + "6D32" + "01" + "01" + "69" + "F02E" + "E0A712" // m2, instance i
        + "01" + "0807060504030201" // one recent change
        + "01" + "00112233445566778899AABBCCDDEEFF" + "02" // one topic, two partitions
        + "01" + "C801" + "08" + "D00F" + "03" + "C3A461" // partition 1: offset 100, epoch 7, time 1000, "äa"
        + "01" + "01" + "00" + "01" + "00"; // partition 3: offset -1, no epoch, time 999, ""

    private static readonly Guid s_topic = new("00112233-4455-6677-8899-aabbccddeeff");

    private static readonly GroupRegister s_group = new()
    {
        Claim = new GroupClaim(3, "0.x"),
        Generation = 300,
        ProtocolType = "consumer",
        ProtocolName = "range",
        EmptySinceMs = 129,
        Members = [new RememberedMember("m1", null, 6000, 300_000), new RememberedMember("m2", "i", 6000, 300_000)],
        RecentChanges = [0x0102030405060708],
        Offsets = GroupRegister.NoOffsets
            .Add(new PartitionId(s_topic, 3), new OffsetEntry(-1, -1, 999, ""))
            .Add(new PartitionId(s_topic, 1), new OffsetEntry(100, 7, 1000, "äa")),
    };

    [Fact]
    public void A_groups_register_is_these_bytes()
    {
        Assert.Equal(Golden, Convert.ToHexString(GroupRegisterCodec.Encode(s_group).Span));
        var decoded = GroupRegisterCodec.Decode(Convert.FromHexString(Golden), "groups/g");
        Assert.Equal((new GroupClaim(3, "0.x"), 300, "consumer", "range", 129L),
            (decoded.Claim, decoded.Generation, decoded.ProtocolType, decoded.ProtocolName, decoded.EmptySinceMs));
        Assert.Equal(s_group.Members, decoded.Members);
        Assert.Equal([0x0102030405060708UL], decoded.RecentChanges);
        Assert.Equal(s_group.Offsets.ToList(), decoded.Offsets.ToList());
    }

    [Fact]
    public void A_cut_off_register_is_corrupt_at_every_length()
    {
        var bytes = Convert.FromHexString(Golden);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal(StoreErrorKind.Corrupt,
                Assert.Throws<StoreException>(() => GroupRegisterCodec.Decode(bytes.AsMemory(0, length), "groups/g")).Kind);
        Assert.Equal(StoreErrorKind.Corrupt,
            Assert.Throws<StoreException>(() => GroupRegisterCodec.Decode((byte[])[.. bytes, 0], "groups/g")).Kind);
        bytes[4] = 2;
        Assert.Equal(StoreErrorKind.Refused, Assert.Throws<StoreException>(() => GroupRegisterCodec.Decode(bytes, "groups/g")).Kind);
    }

    [Fact]
    public void A_register_remembers_its_last_eight_changes()
    {
        var group = GroupRegister.New;
        for (ulong id = 1; id <= 10; id++)
            group = group.ChangedBy(id);
        Assert.Equal([3UL, 4, 5, 6, 7, 8, 9, 10], group.RecentChanges);
    }

    [Theory]
    [InlineData("orders-1.x", "groups/orders-1.x")]
    [InlineData("a_b", "groups/a_5Fb")]
    [InlineData("ä/ ", "groups/_C3_A4_2F_20")]
    [InlineData("", "groups/_")]
    public void Any_name_is_a_key_and_back(string name, string key)
    {
        Assert.Equal(key, GroupKeys.KeyOf(name));
        Assert.Equal(name, GroupKeys.IdOf(key));
    }

    [Fact]
    public void A_name_that_is_too_long_for_a_key_is_hashed_and_stands_in_the_register()
    {
        var name = new string('ä', 16_000);

        var key = GroupKeys.KeyOf(name)!;

        Assert.Matches("^groups/__[0-9A-F]{64}$", key);
        Assert.True(GroupKeys.IsHash(key));
        Assert.Equal(name, GroupRegisterCodec.Decode(GroupRegisterCodec.Encode(GroupRegister.New with { LongName = name }), key).LongName);
        Assert.Equal("groups/" + new string('x', 505), GroupKeys.KeyOf(new string('x', 505)));
        Assert.True(GroupKeys.IsHash(GroupKeys.KeyOf(new string('x', 506))!));
        Assert.True(GroupKeys.IsHash(GroupKeys.KeyOf(new string('x', 32_767))!));
        Assert.Null(GroupKeys.KeyOf(new string('x', 32_768)));
        Assert.Null(GroupKeys.KeyOf(new string('ä', 16_384)));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(0)]
    [InlineData(-1)]
    public void Every_leader_epoch_is_kept(int epoch)
    {
        var partition = new PartitionId(Guid.NewGuid(), 0);
        var group = GroupRegister.New with
        {
            Offsets = GroupRegister.NoOffsets.Add(partition, new OffsetEntry(long.MaxValue, epoch, 1, ""))
        };

        Assert.Equal(new OffsetEntry(long.MaxValue, epoch, 1, ""),
            GroupRegisterCodec.Decode(GroupRegisterCodec.Encode(group), "groups/g").Offsets[partition]);
    }

    [Theory]
    [InlineData("groups/a_5")]
    [InlineData("groups/a_zz")]
    [InlineData("groups/a_ ")]
    public void A_key_that_is_none_of_ours_is_corrupt(string key) =>
        Assert.Equal(StoreErrorKind.Corrupt, Assert.Throws<StoreException>(() => GroupKeys.IdOf(key)).Kind);
}
