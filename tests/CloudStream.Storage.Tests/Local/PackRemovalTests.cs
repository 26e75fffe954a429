using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Local.Packs;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Tests.Local;

/// <summary>Several processes on one folder notice that a pack is finished and that nothing in it lives, each by itself.</summary>
public sealed class PackRemovalTests : IDisposable
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_owner_of_a_pack_that_others_have_emptied_and_removed_lists_nothing_of_it()
    {
        using var owner = Open(maxPackEntries: 2);
        using var other = Open();
        await PutAsync(owner, "a", "b", "c");
        await other.DeleteAsync(["a", "b"], s_none);
        Assert.Single(Packs()); // That of c.

        Assert.Equal([new ObjectInfo("c", 3)], await owner.ListAsync("", s_none).ToListAsync());
    }

    [Fact]
    public async Task The_owner_can_delete_what_others_have_deleted_and_removed_with_its_pack()
    {
        using var owner = Open(maxPackEntries: 2);
        using var other = Open();
        await PutAsync(owner, "a", "b", "c");
        await other.DeleteAsync(["a", "b"], s_none);

        await owner.DeleteAsync(["a"], s_none);
        Assert.Equal([new ObjectInfo("c", 3)], await owner.ListAsync("", s_none).ToListAsync());
    }

    [Fact]
    public async Task A_third_process_lists_nothing_of_a_pack_that_the_second_has_removed()
    {
        using var owner = Open(maxPackEntries: 2);
        using var second = Open();
        using var third = Open();
        await PutAsync(owner, "a", "b", "c");
        Assert.Equal(3, await third.ListAsync("", s_none).CountAsync());
        await second.DeleteAsync(["a", "b"], s_none);

        Assert.Equal([new ObjectInfo("c", 3)], await third.ListAsync("", s_none).ToListAsync());
    }

    [Fact]
    public async Task A_pack_that_was_empty_at_the_last_look_is_kept_if_its_owner_has_appended_before_it_went()
    {
        var owner = Open();
        await PutAsync(owner, "a");
        using var other = new PackFolder(_folder.File("packs"), new OpenFiles(8, new DirectTransfers(false)));
        await other.RefreshAsync(withStates: true, s_none);
        await other.DeleteAsync([other.Index.Find("a")!]);
        var pack = other.Index.Packs().Single();
        Assert.True(pack.AllDead);

        await PutAsync(owner, "b");
        owner.Dispose();

        Assert.False(other.TryRemove(pack));
        Assert.Equal("b", other.Index.Find("b")?.Name);
        using var reopened = Open();
        Assert.Equal([new ObjectInfo("b", 3)], await reopened.ListAsync("", s_none).ToListAsync());
    }

    [Fact]
    public void The_lock_file_of_a_living_instance_is_not_removed_and_that_of_a_dead_one_is()
    {
        var path = Directory.CreateDirectory(_folder.File("packs")).FullName;
        using var held = InstanceLock.Take(path);
        InstanceLock.TryForget(path, held.Instance);
        Assert.True(InstanceLock.IsHeld(path, held.Instance));

        File.WriteAllBytes(Path.Combine(path, "0123456789abcdef.lock"), []);
        Assert.False(InstanceLock.IsHeld(path, "0123456789abcdef"));
        InstanceLock.TryForget(path, "0123456789abcdef");
        InstanceLock.TryForget(path, "0123456789abcdef");
        Assert.Equal([held.Instance], InstanceLock.List(path));
    }

    [Fact]
    public void An_instance_that_ends_takes_its_lock_file_with_it()
    {
        var path = Directory.CreateDirectory(_folder.File("packs")).FullName;
        var held = InstanceLock.Take(path);
        held.Dispose();
        Assert.Empty(Directory.GetFiles(path));
        Assert.False(InstanceLock.IsHeld(path, held.Instance));
    }

    private static async Task PutAsync(LocalObjectStore store, params string[] names)
    {
        foreach (var name in names)
            await store.PutAsync(name, [new byte[] { 1, 2, 3 }], s_none);
    }

    private LocalObjectStore Open(int maxPackEntries = 100) => new(_folder.Path, new LocalStoreOptions { MaxPackEntries = maxPackEntries });

    private string[] Packs() => Directory.GetFiles(_folder.File("packs"), "*.pack");
}
