using CloudStream.Storage.Local.Presence;

namespace CloudStream.Storage.Tests.Local;

/// <summary>
/// Lock files that prove deaths. Each instance of the folder holds its lock as a process of its own would; disposing it is its death.
/// </summary>
public sealed class AliveFolderTests : IDisposable
{
    private const string LeftOver = "0123456789abcdef";
    private readonly TemporaryFolder _folder = new();

    private string Alive => _folder.File("alive");

    [Fact]
    public void WhoLivesIsNotDeadAndWhoDiedIsUntilItIsForgotten()
    {
        using var observer = Enter();
        var other = Enter();
        Assert.False(observer.IsDead(other.Instance));
        Assert.Equal([.. new[] { observer.Instance, other.Instance }.Order()], observer.List().Order());

        other.Dispose();

        Assert.True(observer.IsDead(other.Instance));
        observer.Forget(other.Instance);
        Assert.False(observer.IsDead(other.Instance)); // Nobody can tell any more.
        Assert.Equal([observer.Instance], observer.List());
    }

    [Fact]
    public void NobodyTakesItselfForDead()
    {
        using var own = Enter();
        Assert.False(own.IsDead(own.Instance));
    }

    [Fact]
    public void WhoLivesIsNotForgotten()
    {
        using var observer = Enter();
        var other = Enter();
        observer.Forget(other.Instance);
        Assert.False(observer.IsDead(other.Instance));
        other.Dispose();
        Assert.True(observer.IsDead(other.Instance));
    }

    [Fact]
    public void ItsOwnFileGoesWhenItNeedsNoProofAndItsLockStays()
    {
        using var observer = Enter();
        using var leaving = Enter();
        leaving.Forget(leaving.Instance);
        Assert.Equal([observer.Instance], observer.List());
        Assert.False(observer.IsDead(leaving.Instance));
    }

    [Fact]
    public void AFileThatSomebodyRemovedProvesNothing()
    {
        using var observer = Enter();
        using var other = Enter();
        Directory.Delete(Alive, recursive: true);
        Assert.False(observer.IsDead(other.Instance));
        Assert.Empty(observer.List());
    }

    [Fact]
    public void AStartThatDiedBeforeItLockedItsFileIsDead()
    {
        using var observer = Enter();
        File.WriteAllBytes(Path.Combine(Alive, LeftOver + ".lock"), []);
        Assert.Contains(LeftOver, observer.List());
        Assert.True(observer.IsDead(LeftOver));
        observer.Forget(LeftOver);
        Assert.Equal([observer.Instance], observer.List());
    }

    [Fact]
    public void ManyMayAskAtOnceWithoutTakingEachOtherForTheOwner()
    {
        using var observer = Enter();
        var dead = Enter();
        dead.Dispose();
        Parallel.For(0, 4_000, _ => Assert.True(observer.IsDead(dead.Instance)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../outside")]
    [InlineData("../outside000000")]
    [InlineData("0123456789ABCDEF")]
    public void ANameThatIsNoInstanceLeadsNowhere(string name)
    {
        using var observer = Enter();
        var path = Path.GetFullPath(Path.Combine(Alive, name + ".lock"));
        if (Directory.Exists(Path.GetDirectoryName(path)))
            File.WriteAllText(path, "not ours");
        Assert.False(observer.IsDead(name));
        observer.Forget(name);
        Assert.Equal(Directory.Exists(Path.GetDirectoryName(path)), File.Exists(path));
        Assert.DoesNotContain(name, observer.List());
    }

    [Fact]
    public void WhereNoFileCanBeMadeThereIsNoProof()
    {
        File.WriteAllText(Alive, "a file");
        Assert.Null(AliveFolder.TryEnter(Alive));
    }

    public void Dispose() => _folder.Dispose();

    private AliveFolder Enter() => AliveFolder.TryEnter(Alive) ?? throw new InvalidOperationException("this file system keeps no locks");
}
