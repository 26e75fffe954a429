using CloudStream.Storage.Local.Files;

namespace CloudStream.Storage.Tests.Local;

public sealed class DiskReserveTests : IDisposable
{
    private const long Mebi = 1024 * 1024;
    private static readonly StoreException s_full = new(StoreErrorKind.NotWritable, "test") { Condition = "the disk is full" };
    private readonly TemporaryFolder _folder = new();
    private long _free = 1000 * Mebi;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(8, 1)]
    [InlineData(64, 4)]
    [InlineData(100_000, 32)]
    public void It_takes_a_sixteenth_of_the_disk_within_limits(long diskMebi, long expectedMebi)
    {
        new DiskReserve(_folder.Path, _ => (_free, diskMebi * Mebi)).Prepare();

        Assert.Equal(expectedMebi * Mebi, new FileInfo(_folder.File("reserve")).Length);
    }

    [Fact]
    public void While_it_is_given_up_records_and_merged_objects_are_refused_and_what_makes_room_is_not()
    {
        var reserve = New();
        reserve.Prepare();
        reserve.Require("tag/ab/0000/s-1-2");
        Assert.True(reserve.IsThere);
        _free = 5 * Mebi;

        Assert.True(reserve.GiveUp(s_full));
        Assert.False(reserve.GiveUp(s_full));

        foreach (var name in new[] { "tag/ab/0000/s-1-2", "ab/0000/m-1-2" })
            Assert.Equal("the disk is full", Assert.Throws<StoreException>(() => reserve.Require(name)).Condition);
        foreach (var name in new[] { "tag/ab/0000/c-1-2", "tag/ab/0000/i-1-2", "tag/ab/0000/p-1-2", "tag/cluster", "s" })
            reserve.Require(name);
        Assert.False(reserve.IsThere);
        Assert.Throws<StoreException>(() => New().Require("ab/0000/s-1-2")); // In every process.
    }

    [Fact]
    public void It_is_taken_again_when_there_is_twice_the_room()
    {
        var reserve = New();
        _free = 7 * Mebi;
        Assert.Throws<StoreException>(() => reserve.Require("ab/0000/s-1-2"));
        Assert.False(File.Exists(reserve.Path));

        _free = 8 * Mebi;
        New().Require("ab/0000/s-1-2");
        Assert.True(File.Exists(reserve.Path));
        reserve.Require("ab/0000/s-1-2");
    }

    [Fact]
    public void A_start_on_a_full_disk_begins_by_giving_it_up()
    {
        New().Prepare();
        _free = 0;

        New().Prepare();

        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private DiskReserve New() => new(_folder.Path, _ => (_free, 64 * Mebi));
}
