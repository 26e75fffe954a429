using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Cluster.Formation;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Local;
using CloudStream.Storage.Objects;

namespace CloudStream.Cli.Inspect;

/// <summary>
/// <c>cloudstream inspect …</c>: what lies in a data folder, for people. Reads only; a broker may be running on the folder.
/// </summary>
internal static class InspectCommand
{
    public static Command Create() =>
        new Command("inspect", "Show what lies in a data folder: segment objects, checkpoints, registers.")
        {
            InspectSegmentCommand.Create(),
            InspectCheckpointCommand.Create(),
            InspectRegisterCommand.Create(),
        }.WithExamples(
            "cloudstream inspect register --data ./cloudstream-data",
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
            await show(new BrokerStores(await ObjectsOfAsync(stores), stores.Metadata));
            return ExitCode.Ok;
        }
        catch (StoreException e)
        {
            throw new CommandException(e.Message);
        }
    }

    // By the names that registers and checkpoints call them; a folder without a cluster is shown as it lies.
    private static async Task<IObjectStore> ObjectsOfAsync(LocalStores stores) =>
        await stores.Metadata.GetAsync(ClusterRegister.Key, CancellationToken.None) is { } register
            && ClusterRegister.Decode(register.Value) is { Tag.Length: > 0 } cluster
            ? cluster.ObjectsIn(stores.Objects)
            : stores.Objects;
}
