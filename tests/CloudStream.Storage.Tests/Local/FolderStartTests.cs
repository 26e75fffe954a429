using CloudStream.Storage.Local;
using CloudStream.Storage.Local.Presence;

namespace CloudStream.Storage.Tests.Local;

/// <summary>Starts on a folder that is new, and what those leave that fail.</summary>
public sealed class FolderStartTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.File("above/data");

    [Fact]
    public async Task A_start_that_fails_removes_what_it_made_and_the_folders_above()
    {
        using (var start = await EnterAsync())
        {
            Assert.True(start.IsFirst);
            await UseAsync();
            Assert.NotEmpty(Directory.GetFiles(Data));
        }

        Assert.False(Directory.Exists(_folder.File("above")));
    }

    [Fact]
    public async Task An_empty_folder_stays_and_is_empty_again()
    {
        Directory.CreateDirectory(Data);
        using (var start = await EnterAsync())
        {
            Assert.True(start.IsFirst);
            await UseAsync();
        }

        Assert.Empty(Directory.GetFileSystemEntries(Data));
    }

    [Fact]
    public async Task What_somebody_else_has_put_there_stays()
    {
        using (await EnterAsync())
        {
            await UseAsync();
            await File.WriteAllTextAsync(Path.Combine(Data, "notes.txt"), "mine", TestContext.Current.CancellationToken);
        }

        Assert.Equal([Path.Combine(Data, "notes.txt")], Directory.GetFileSystemEntries(Data));
    }

    [Fact]
    public async Task A_start_that_succeeded_leaves_everything_and_no_lock()
    {
        using (var start = await EnterAsync())
        {
            await UseAsync();
            start.Keep();
        }

        Assert.True(File.Exists(Path.Combine(Data, "registers.db")));
        Assert.False(File.Exists(Path.Combine(Data, "start.lock")));
        using (var again = await EnterAsync())
            Assert.False(again.IsFirst);
        Assert.True(File.Exists(Path.Combine(Data, "registers.db")));
        Assert.False(File.Exists(Path.Combine(Data, "start.lock")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_start_waits_for_the_first_and_then_has_a_folder_or_makes_one(bool succeeds)
    {
        var first = await EnterAsync();
        await UseAsync();
        var second = EnterAsync();
        using var impatient = new CancellationTokenSource();
        var third = FolderStart.EnterAsync(Data, impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        Assert.False(second.IsCompleted);

        if (succeeds)
            first.Keep();
        first.Dispose();

        using var entered = await second.WaitAsync(s_patience);
        Assert.Equal(!succeeds, entered.IsFirst);
        Assert.Equal(succeeds, File.Exists(Path.Combine(Data, "registers.db")));
        Assert.True(Directory.Exists(Data));
    }

    [Fact]
    public async Task Of_many_starts_that_fail_side_by_side_nothing_is_left()
    {
        var alone = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                using var start = await EnterAsync();
                Assert.True(start.IsFirst);
                Assert.Equal(1, Interlocked.Increment(ref alone));
                await UseAsync();
                Interlocked.Decrement(ref alone);
            }
        })));

        // Of a folder each thinks that another one made it, perhaps.
        Assert.False(Directory.Exists(Data) && Directory.GetFileSystemEntries(Data).Length > 0);
    }

    [Fact]
    public async Task What_a_start_left_that_was_killed_stays()
    {
        using (var start = await EnterAsync())
        {
            await UseAsync();
            start.Keep();
        }

        // Its lock went with it, the file did not.
        await File.WriteAllBytesAsync(Path.Combine(Data, "start.lock"), new byte[17], TestContext.Current.CancellationToken);
        using (var next = await EnterAsync())
            Assert.False(next.IsFirst);

        Assert.True(File.Exists(Path.Combine(Data, "registers.db")));
        Assert.False(File.Exists(Path.Combine(Data, "start.lock")));
    }

    [Fact]
    public async Task What_was_being_removed_when_its_start_was_killed_is_removed()
    {
        using (var start = await EnterAsync())
        {
            await UseAsync();
            start.Keep();
        }

        Directory.Delete(Path.Combine(Data, "objects"), recursive: true);
        await File.WriteAllBytesAsync(Path.Combine(Data, "start.lock"), [1, .. new byte[16]], TestContext.Current.CancellationToken);
        using var next = await EnterAsync();

        Assert.True(next.IsFirst);
        Assert.Equal([Path.Combine(Data, "start.lock")], Directory.GetFileSystemEntries(Data));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_refused_and_those_above_it_go()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "no folder", TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<StoreException>(
            () => FolderStart.EnterAsync(_folder.File("file/data"), TestContext.Current.CancellationToken));

        Assert.Equal(StoreErrorKind.Refused, refused.Kind);
    }

    public void Dispose() => _folder.Dispose();

    private Task<FolderStart> EnterAsync() => FolderStart.EnterAsync(Data, TestContext.Current.CancellationToken);

    private async Task UseAsync()
    {
        using var stores = LocalStores.Open(Data);
        using var alive = AliveFolder.TryEnter(Path.Combine(Data, "alive"));
        await stores.Objects.PutAsync("an-object", [new byte[100]], TestContext.Current.CancellationToken);
        await stores.Metadata.PutAsync("a/register", new byte[10], 0, default, TestContext.Current.CancellationToken);
    }
}
