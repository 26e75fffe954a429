using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.Verify;

/// <summary>An old copy of a folder's registers, put back while no broker ran.</summary>
public sealed class OldRegistersTests(StoppedBroker stopped) : IClassFixture<StoppedBroker>
{
    [Theory]
    [InlineData("produce", "orders")]
    [InlineData("topic", "create", "later", "--partitions", "1")]
    public async Task NoBrokerStartsOnThemAndNothingIsChanged(params string[] command)
    {
        using var folder = new DamagedFolder(stopped.Data);
        string registers = Path.Combine(folder.Data, "registers.db"), newer = Path.Combine(folder.Data, "..", "newer.db");
        await using (ServeProcess serve = await ServeProcess.StartAsync(folder.Data))
        {
            (await StoppedBroker.RunAsync(serve, "later\n", command)).Succeeded();
            Assert.Equal(0, await serve.TerminateAsync());
        }

        File.Move(registers, newer);
        File.Copy(Path.Combine(stopped.Data, "registers.db"), registers);
        string[] objects = Objects(folder);
        await using (ServeProcess refused = ServeProcess.StartRaw(
            folder.Data, new Uri("http://127.0.0.1:1"), "serve", "--data", folder.Data, "--http", "127.0.0.1:0", "--kafka", "127.0.0.1:0"))
        {
            Assert.Equal(1, await refused.WaitForExitAsync());
            Assert.Contains("the registers are older than the objects", refused.Printed, StringComparison.Ordinal);
        }

        Assert.Equal(objects, Objects(folder));
        Assert.Contains("damage    Shard 0 cannot be read", (await folder.VerifyAsync(3)).Output, StringComparison.Ordinal);

        // With those that belong to the objects all is as before.
        File.Move(newer, registers, overwrite: true);
        await folder.VerifyAsync(0);
        await using ServeProcess again = await ServeProcess.StartAsync(folder.Data);
        ProcessOutcome read = await StoppedBroker.RunAsync(again, "", "consume", "orders", "--from", "earliest");
        Assert.Contains(StoppedBroker.Records[2], read.Succeeded().Output, StringComparison.Ordinal);
    }

    private static string[] Objects(DamagedFolder folder) =>
        [.. Directory.GetFiles(Path.Combine(folder.Data, "objects"), "*", SearchOption.AllDirectories).Order()];
}
