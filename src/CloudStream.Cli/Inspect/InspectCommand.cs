using System.CommandLine;
using System.Globalization;
using CloudStream.Cli.Shell;
using CloudStream.Cluster.Formation;
using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Local;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Cli.Inspect;

/// <summary>
/// <c>cloudstream inspect …</c>: what lies in a data folder, for people. Reads only; a broker may be running on the folder.
/// </summary>
internal static class InspectCommand
{
    public static Command Create() =>
        new Command("inspect", "Show what lies in a data folder: segment objects, checkpoints, registers, journals.")
        {
            InspectSegmentCommand.Create(),
            InspectCheckpointCommand.Create(),
            InspectRegisterCommand.Create(),
            InspectJournalCommand.Create(),
        }.WithExamples(
            "cloudstream inspect register --data ./cloudstream-data",
            "cloudstream inspect journal 0 --data ./cloudstream-data",
            "cloudstream inspect checkpoint 0 --data ./cloudstream-data",
            "cloudstream inspect segment --data ./cloudstream-data");

    public static Option<string> DataOption() => new("--data")
    {
        Description = "The data folder.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Defaults.Data,
    };

    /// <exception cref="CommandException">There is no such folder, or something in it cannot be read.</exception>
    public static async Task<int> ReadAsync(string folder, Func<BrokerStores, Task> show)
    {
        // Opening makes what is missing; a tool that only looks must not.
        if (!File.Exists(Path.Combine(folder, "registers.db")))
            throw new CommandException($"{Path.GetFullPath(folder)} is no data folder: it has no registers.db");
        try
        {
            using LocalStores stores = LocalStores.Open(folder);
            IObjectStore objects = await FindClusterAsync(stores.Metadata) is { } cluster
                ? cluster.ObjectsIn(stores.Objects)
                : stores.Objects;
            await show(new BrokerStores(objects, stores.Metadata));
            return ExitCode.Ok;
        }
        catch (StoreException e)
        {
            throw new CommandException(e.Message);
        }
    }

    /// <summary>
    /// The cluster, by whose names for objects registers and checkpoints go; null for a folder without one, which is shown as it lies.
    /// </summary>
    private static async Task<ClusterRegister?> FindClusterAsync(IMetadataStore metadata) =>
        await metadata.GetAsync(ClusterRegister.Key, CancellationToken.None) is { } register
            ? ClusterRegister.Decode(register.Value)
            : null;

    /// <summary>The journals of the cluster's shards, or of one of them, and what to call the shard.</summary>
    /// <exception cref="CommandException">There is no such shard.</exception>
    public static async Task<IEnumerable<(int Shard, string Name, JournalReader Journal)>> JournalsAsync(
        IMetadataStore metadata, int? shard)
    {
        ClusterRegister? cluster = await FindClusterAsync(metadata);
        if (shard >= (cluster?.AllShards ?? 0))
            throw new CommandException($"there is no shard {shard}");
        return Enumerable.Range(shard ?? 0, shard is null ? cluster?.AllShards ?? 0 : 1)
            .Select(n => (n, $"{(n < cluster!.Shards ? "" : "coordinator ")}shard {n}", new JournalReader(n, cluster.Ring, metadata)));
    }

    /// <summary>A shard's number as it was typed.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public static int ShardNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int shard)
            ? shard
            : throw CommandException.Usage($"'{text}' is no shard's number");
}
