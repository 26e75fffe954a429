using CloudStream.Storage.Local.Files;

namespace CloudStream.Storage.Tests.Local;

/// <summary>What a look at a lock file proves.</summary>
public sealed class LockFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void ALockIsHeldUntilItsOwnerIsGone()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows has no such locks.");
        var owner = InstanceLock.Take(_folder.Path);
        var path = LockFile.PathOf(_folder.Path, owner.Instance);
        var copy = path + "-left";
        File.WriteAllBytes(copy, []); // As a process that is killed leaves it behind.

        Assert.Equal(LockFile.State.Held, LockFile.Probe(path, remove: true));
        Assert.Equal(LockFile.State.Free, LockFile.Probe(copy, remove: false));
        Assert.Equal(LockFile.State.Free, LockFile.Probe(copy, remove: true));
        Assert.Equal(LockFile.State.Missing, LockFile.Probe(copy, remove: true));
        Assert.True(InstanceLock.IsHeld(_folder.Path, owner.Instance));
        owner.Dispose();
        Assert.Equal(LockFile.State.Missing, LockFile.Probe(path, remove: false));
        Assert.False(InstanceLock.IsHeld(_folder.Path, owner.Instance));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(null)]
    public void WhereLocksAreTakenAndNotKeptNobodyIsDeadAndNothingIsRemoved(bool? taken)
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows has no such locks.");
        var path = LockFile.PathOf(_folder.Path, "0123456789abcdef");
        File.WriteAllBytes(path, []);

        Assert.Equal(LockFile.State.Unknown, LockFile.Probe(path, remove: true, (_, _) => taken));
        Assert.True(File.Exists(path));
    }

    public void Dispose() => _folder.Dispose();
}
