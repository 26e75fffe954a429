using System.CommandLine;
using System.Diagnostics.Metrics;
using CloudStream.Cli.Inspect;
using CloudStream.Cli.Shell;
using CloudStream.Cluster.Verify;
using CloudStream.Log.Runtime;
using CloudStream.Log.Verify;
using CloudStream.Storage;
using CloudStream.Storage.Local;
using CloudStream.Storage.Local.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Cli.Verify;

/// <summary>
/// <c>cloudstream verify</c>: reads everything that lies in a data folder and tells what is missing or damaged, by exit code, too.
/// Reads only; a broker may be running on the folder.
/// </summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Option<string> data = InspectCommand.DataOption();
        var json = new Option<bool>("--json") { Description = "Print JSON for programs." };
        Command command = new Command("verify",
            "Read everything in a data folder and report damage. Exit code 0: whole; 3: damaged; 1: could not be read to the end.")
        {
            data, json
        }.WithExamples("cloudstream verify --data ./cloudstream-data", "cloudstream verify --data ./cloudstream-data --json");
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(data)!, parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string folder, bool json, CancellationToken cancellationToken)
    {
        VerifyOutput output = json ? new VerifyJson() : new VerifyText();
        var report = new VerifyReport(output.Found);
        if (File.Exists(Path.Combine(folder, "registers.db")))
            await VerifyAsync(folder, report, output, cancellationToken);
        else if (FindObjects(folder) is { } found)
            report.Found(new Finding(FindingKind.Cluster,
                $"No broker starts here: registers.db is gone, but there are objects ({found})."));
        else
            throw new CommandException($"{Path.GetFullPath(folder)} is no data folder: it has no registers.db");
        output.End(report);
        return report.Damage == 0 ? ExitCode.Ok : ExitCode.Damage;
    }

    private static async Task VerifyAsync(string folder, VerifyReport report, VerifyOutput output, CancellationToken cancellationToken)
    {
        try
        {
            // Nothing is written, so nothing is kept aside for it.
            using LocalStores stores = LocalStores.Open(folder, new LocalStoreOptions { KeepReserve = false });
            using var meter = new Meter("CloudStream.Verify");
            var runtime = new BrokerRuntime(TimeProvider.System, new RandomSource(new Random()), NullLoggerFactory.Instance, meter);
            var verifier = new ClusterVerifier(new BrokerStores(stores.Objects, stores.Metadata), runtime, report);
            output.Begin(folder, id => verifier.TopicNames.GetValueOrDefault(id));
            using (VerifyProgress.Start(report))
                await verifier.RunAsync(cancellationToken);
            output.ClusterId = verifier.ClusterId;
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Corrupt)
        {
            report.Found(new Finding(FindingKind.Cluster, $"The registers cannot be read: {e.Message}."));
        }
        catch (StoreException e)
        {
            throw new CommandException($"cannot verify {Path.GetFullPath(folder)} to the end: {e.Message}");
        }
    }

    private static string? FindObjects(string folder)
    {
        string objects = Path.Combine(folder, "objects");
        return Directory.Exists(objects)
            ? Directory.EnumerateFiles(objects, "*", SearchOption.AllDirectories).FirstOrDefault(
                f => f.EndsWith(".pack", StringComparison.Ordinal) || f.EndsWith(".object", StringComparison.Ordinal))
            : null;
    }
}
