using CloudStream.Storage.Local;

namespace CloudStream.Storage.Tests.Local;

/// <summary>Both stores on a real disk that is really full.</summary>
public sealed class FullDiskTests
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    [Theory]
    [InlineData(100_000)]
    [InlineData(20_000_000)]
    public async Task A_full_disk_takes_no_records_and_still_takes_what_makes_room(int bytes)
    {
        using var disk = new SmallDisk(64);
        using var stores = LocalStores.Open(disk.File_("data"));
        await stores.Objects.PutAsync("ab/0000/s-000000000001-0000000000000001", [new byte[1000]], s_none);
        await stores.Metadata.PutAsync("t/a", new byte[1000], 0, default, s_none);
        Assert.True(stores.Metadata.TakesRecords);
        disk.Fill();

        var failure = await Assert.ThrowsAsync<StoreException>(() => PutAsync(stores, "s", bytes));
        Assert.Equal((StoreErrorKind.NotWritable, "the disk is full"), (failure.Kind, failure.Condition));

        Assert.False(stores.Metadata.TakesRecords);
        for (var i = 1; i <= 20; i++)
        {
            Assert.True((await stores.Metadata.PutAsync("t/a", new byte[5000], i, default, s_none)).Succeeded);
            await stores.Objects.PutAsync($"ab/0000/c-00000000000{i % 10}-{i:x16}", [new byte[20_000]], s_none);
            await Assert.ThrowsAsync<StoreException>(() => PutAsync(stores, "s", 10));
        }

        disk.Empty();
        while (true)
        {
            try
            {
                await PutAsync(stores, "s", bytes);
                break;
            }
            catch (StoreException e) when (e.Kind == StoreErrorKind.NotWritable)
            {
                await Task.Yield(); // Looked at again every half second.
            }
        }

        Assert.True(stores.Metadata.TakesRecords);
        Assert.Equal(1000, await stores.Objects.GetSizeAsync("ab/0000/s-000000000001-0000000000000001", s_none));
    }

    [Fact]
    public async Task A_folder_on_a_full_disk_can_be_opened_and_its_registers_changed()
    {
        using var disk = new SmallDisk(64);
        using (var before = LocalStores.Open(disk.File_("data")))
            await before.Metadata.PutAsync("t/a", new byte[1000], 0, default, s_none);
        disk.Fill();

        using var stores = LocalStores.Open(disk.File_("data"));

        Assert.True((await stores.Metadata.PutAsync("t/a", new byte[2000], 1, default, s_none)).Succeeded);
        Assert.Equal("the disk is full", (await Assert.ThrowsAsync<StoreException>(() => PutAsync(stores, "s", 10))).Condition);
    }

    private static Task PutAsync(LocalStores stores, string kind, int bytes) =>
        stores.Objects.PutAsync($"ab/0000/{kind}-000000000002-0000000000000002", [new byte[bytes]], s_none).AsTask();
}
