using System.Text.Json;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Storage.Objects;

namespace CloudStream.Cli.Tests.Verify;

/// <summary>Whatever is damaged in a data folder, <c>cloudstream verify</c> says so, and ends with exit code 3.</summary>
public sealed class VerifyTests(StoppedBroker stopped) : IClassFixture<StoppedBroker>
{
    [Fact]
    public async Task AWholeFolderIsWhole()
    {
        using var folder = new DamagedFolder(stopped.Data);
        string output = (await folder.VerifyAsync(0)).Output;
        Assert.StartsWith("verified  2 topics, 301 partitions, 2 shards, 3 segment objects, ", output, StringComparison.Ordinal);
        Assert.EndsWith("\nwhole\n", output, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse((await folder.VerifyAsync(0, "--json")).Output);
        Assert.Equal((true, 0, 301), (Whole(json), json.RootElement.GetProperty("damage").GetArrayLength(),
            json.RootElement.GetProperty("partitions").GetInt32()));
    }

    [Fact]
    public async Task RecordsThatStillLieInAJournalAreReadToo()
    {
        using var folder = new DamagedFolder(stopped.Data);
        await using (ServeProcess serve = await ServeProcess.StartAsync(folder.Data))
        {
            (await StoppedBroker.RunAsync(serve, "a small one\n", "produce", "orders")).Succeeded();
            serve.Kill(); // A clean stop would bring them into an object.
            await serve.WaitForExitAsync();
        }

        string output = (await folder.VerifyAsync(0)).Output;
        Assert.Contains(" of record batches, 1 slice of them in journals\n", output, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse((await folder.VerifyAsync(0, "--json")).Output);
        Assert.Equal((3, 1), (json.RootElement.GetProperty("objects").GetInt32(), json.RootElement.GetProperty("inlineSlices").GetInt32()));
        string shown = (await CloudStreamProcess.RunAsync(null, "inspect", "journal", "0", "--data", folder.Data)).Succeeded().Output;
        Assert.Matches(@" flush with its \d+ bytes of records slot 300: 1 records in \d+ bytes", shown);
    }

    [Fact]
    public async Task AFlippedByteOfARecordIsNamedByItsOffset()
    {
        using var folder = new DamagedFolder(stopped.Data);
        folder.Flip("second-record"u8);
        using JsonDocument json = JsonDocument.Parse((await folder.VerifyAsync(3, "--json")).Output);
        JsonElement[] found = [.. json.RootElement.GetProperty("damage").EnumerateArray()];
        JsonElement damage = Assert.Single(found, f => f.GetProperty("kind").GetString() == "records");
        Assert.All(found, f => Assert.Equal(damage.GetProperty("object").GetString(), f.GetProperty("object").GetString()));
        Assert.Equal((false, "records", "orders", 0, 1L, 1L), (Whole(json), damage.GetProperty("kind").GetString(),
            damage.GetProperty("topic").GetString(), damage.GetProperty("partition").GetInt32(),
            damage.GetProperty("firstOffset").GetInt64(), damage.GetProperty("lastOffset").GetInt64()));
        Assert.Matches(
            @"damage    The stored record of orders/0 at offset 1 cannot be read: the object \S+ fails its checks \(the batch at byte 0 "
                + @"does not match its CRC-32C\)\.\n",
            (await folder.VerifyAsync(3)).Output);
    }

    [Fact]
    public async Task AFlippedByteOfAnObjectsDirectoryIsFound()
    {
        using var folder = new DamagedFolder(stopped.Data);
        folder.FlipDirectoryBehind("second-record"u8);
        string output = (await folder.VerifyAsync(3)).Output;
        Assert.Matches(@"^damage    The object \S+ is damaged: .* does not match", output);
        Assert.EndsWith("damaged: 1 finding\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ObjectsThatAreGoneAreNamedWithTheirOffsets()
    {
        using var folder = new DamagedFolder(stopped.Data);
        string[] gone = await folder.DeleteObjectsAsync(ObjectKind.Segment);
        string output = (await folder.VerifyAsync(3)).Output;
        Assert.Equal(3, gone.Length);
        Assert.All(gone, name => Assert.Contains($"the object {name[17..]} is missing.", output, StringComparison.Ordinal));
        for (int offset = 0; offset < 3; offset++)
            Assert.Contains($"The stored record of orders/0 at offset {offset} cannot be read", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatIsCutShortTakesWithItWhatLayBehindTheCut()
    {
        // Of a broker that was killed, so that no checkpoint lies behind the records.
        using var served = new TemporaryFolder();
        await using (ServeProcess serve = await ServeProcess.StartAsync(
            served.Combine("data"), 0, "--set", "cloudstream.inline.max.bytes=0"))
        {
            (await StoppedBroker.RunAsync(serve, "", "topic", "create", "orders", "--partitions", "1")).Succeeded();
            foreach (string record in StoppedBroker.Records)
                (await StoppedBroker.RunAsync(serve, record + "\n", "produce", "orders")).Succeeded();
            serve.Kill();
            await serve.WaitForExitAsync();
        }

        using var folder = new DamagedFolder(served.Combine("data"));
        folder.CutAt("second-record"u8);
        string output = (await folder.VerifyAsync(3)).Output;
        Assert.DoesNotContain("at offset 0", output, StringComparison.Ordinal);
        Assert.Matches(@"orders/0 at offset 1 cannot be read: the object \S+ is missing", output);
        Assert.Matches(@"orders/0 at offset 2 cannot be read: the object \S+ is missing", output);
    }

    [Fact]
    public async Task AMissingCheckpointTakesItsShardWithIt()
    {
        using var folder = new DamagedFolder(stopped.Data);
        Assert.NotEmpty(await folder.DeleteObjectsAsync(ObjectKind.Checkpoint));
        Assert.Contains(
            "damage    Shard 0 cannot be read, nor can any of its partitions: the journal of shard 0 refers to an object that",
            (await folder.VerifyAsync(3)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("journals/", "Shard 0 cannot be read, nor can any of its partitions: its journal is gone")]
    [InlineData("topics/orders", "holds records in shard 0, but no topic has that id: its register is gone.")]
    [InlineData("cluster/settings", "No broker starts here: there are a cluster's objects")]
    public async Task AMissingRegisterIsFound(string key, string expected)
    {
        using var folder = new DamagedFolder(stopped.Data);
        await folder.DeleteRegisterAsync(key);
        Assert.Contains(expected, (await folder.VerifyAsync(3)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolderWhoseRegistersAreGoneIsDamagedAndLeftAsItIs()
    {
        using var folder = new DamagedFolder(stopped.Data);
        File.Delete(Path.Combine(folder.Data, "registers.db"));
        string[] before = Directory.GetFileSystemEntries(folder.Data, "*", SearchOption.AllDirectories);
        Assert.Contains("registers.db is gone", (await folder.VerifyAsync(3)).Output, StringComparison.Ordinal);
        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(folder.Data, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public async Task RegistersThatAreNoDatabaseAreDamage()
    {
        using var folder = new DamagedFolder(stopped.Data);
        await File.WriteAllTextAsync(Path.Combine(folder.Data, "registers.db"), new string('x', 8192),
            TestContext.Current.CancellationToken);
        Assert.Contains("damage    The registers cannot be read: ", (await folder.VerifyAsync(3)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolderThatIsNoneIsAnErrorAndNoDamage()
    {
        using var folder = new TemporaryFolder();
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(null, "verify", "--data", folder.Path);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task BesideABrokerThatWritesAndMergesNothingIsDamaged()
    {
        using var folder = new TemporaryFolder();
        string data = folder.Combine("data");
        await using ServeProcess serve = await ServeProcess.StartAsync(
            data, 0, "--set", "cloudstream.trash.grace.ms=0", "--set", "cloudstream.sweep.interval.ms=100");
        (await StoppedBroker.RunAsync(serve, "", "topic", "create", "busy", "--partitions", "6")).Succeeded();
        Task<ProcessOutcome> load = StoppedBroker.RunAsync(
            serve, "", "bench", "produce", "--topic", "busy", "--records", "300000", "--record-size", "100", "--batch-size", "4096");
        var verified = new List<ProcessOutcome>();
        while (!load.IsCompleted)
            verified.Add(await CloudStreamProcess.RunAsync(null, "verify", "--data", data));
        (await load).Succeeded();

        Assert.NotEmpty(verified);
        Assert.All(verified, v => v.Succeeded());
        Assert.Contains("verified  1 topic, 6 partitions, 5 shards", verified[^1].Output, StringComparison.Ordinal);
    }

    private static bool Whole(JsonDocument json) => json.RootElement.GetProperty("whole").GetBoolean();
}
