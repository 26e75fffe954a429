using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Log.Groups;
using CloudStream.Log.Journal;
using CloudStream.Log.State;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Cli.Inspect;

/// <summary><c>cloudstream inspect checkpoint</c>: the state in a shard's present checkpoint, or in one that is named.</summary>
internal static class InspectCheckpointCommand
{
    public static Command Create()
    {
        var which = new Argument<string?>("SHARD-OR-NAME")
        {
            Description = "A shard's number, or a checkpoint object's name. Left out: all shards.",
            Arity = ArgumentArity.ZeroOrOne
        };
        Option<string> data = InspectCommand.DataOption();
        Command command = new Command("checkpoint", "Show the state that a shard's checkpoint holds.") { which, data }
            .WithExamples("cloudstream inspect checkpoint --data ./demo", "cloudstream inspect checkpoint 2 --data ./demo");
        command.SetAction((parsed, cancellationToken) => InspectCommand.ReadAsync(parsed.GetValue(data)!, async stores =>
        {
            string? wanted = parsed.GetValue(which);
            if (wanted is not null && ObjectRef.TryParse(wanted, out _, out _))
                await ShowObjectAsync(stores.Objects, wanted, cancellationToken);
            else
                await ShowShardsAsync(
                    stores.Objects, stores.Metadata, wanted is null ? null : InspectCommand.ShardNumber(wanted), cancellationToken);
        }));
        return command;
    }

    private static async Task ShowShardsAsync(
        IObjectStore objects, IMetadataStore metadata, int? wanted, CancellationToken cancellationToken)
    {
        foreach ((int shard, string called, JournalReader journal) in await InspectCommand.JournalsAsync(metadata, wanted))
        {
            if ((await journal.FindNewestAsync(cancellationToken))?.Commit.Head.Checkpoint is { } checkpoint)
                await ShowObjectAsync(objects, checkpoint.NameIn(shard), cancellationToken);
            else
                Console.WriteLine($"{called} has no checkpoint yet: its journal reaches back to the beginning");
            Console.WriteLine();
        }
    }

    private static async Task ShowObjectAsync(IObjectStore objects, string name, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[await objects.GetSizeAsync(name, cancellationToken)];
        int read = await objects.GetRangeAsync(name, 0, bytes, cancellationToken);
        Show(name, bytes.Length, CheckpointCodec.Decode(bytes.AsSpan(0, read), name));
    }

    private static void Show(string name, int bytes, ShardState state)
    {
        Console.WriteLine($"checkpoint  {name}  {bytes} bytes");
        Console.WriteLine($"shard       {state.Shard} at version {state.Version}, epoch {state.Epoch}, holder {state.Holder ?? "nobody"}");
        List<LiveObject> objects = [.. state.Objects.Values.Where(o => !o.IsSlot)];
        Console.WriteLine($"objects     {objects.Count} with {objects.Sum(o => o.Bytes)} bytes");
        if (state.Spill is { } spill)
            Console.WriteLine($"spill       {spill.Object.NameIn(state.Shard)} with the records of {state.Inline.Count} inline flushes");
        Console.WriteLine($"trash       {state.Trash.Count}");
        Console.WriteLine($"horizon     {state.Horizon}");
        if (state.Partitions.IsEmpty && !state.Groups.IsEmpty)
            ShowGroups(state);
        else
            ShowPartitions(state);
    }

    private static void ShowGroups(ShardState state)
    {
        Console.WriteLine($"committed   {state.OffsetsTopicEnds.Sum()} offsets ever");
        var table = new TextTable("group", "generation", "protocol", "members", "assigned", "offsets");
        foreach ((string name, StoredGroup group) in state.Groups)
            table.Row(name, $"{group.Generation}", group.ProtocolName, $"{group.Members.Length}", group.IsAssigned ? "yes" : "no",
                $"{group.Offsets.Count}");
        table.Print();
    }

    private static void ShowPartitions(ShardState state)
    {
        var table = new TextTable("slot", "topic id", "partition", "log start offset", "end offset", "bytes", "pages", "recent slices",
            "producers");
        foreach (PartitionState p in state.Partitions.Values)
            table.Row($"{p.Slot}", $"{p.Id.TopicId}", $"{p.Id.Index}", $"{p.LogStartOffset}", $"{p.EndOffset}", $"{p.Bytes}",
                $"{p.Pages.Length}", $"{p.Recent.Count}", $"{p.Producers.Count}");
        table.Print();
        foreach (PartitionState p in state.Partitions.Values)
        {
            foreach (AcceptedLoss loss in p.Losses)
                Console.WriteLine($"slot {p.Slot}: {loss.Describe()}");
        }
    }
}
