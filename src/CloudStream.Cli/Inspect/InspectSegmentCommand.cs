using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Cli.Inspect;

/// <summary><c>cloudstream inspect segment</c>: an object's header and directory; without a name, which objects there are.</summary>
internal static class InspectSegmentCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("FILE-OR-NAME")
        {
            Description = "A file that holds one segment object, or an object's name. Left out: list the objects.",
            Arity = ArgumentArity.ZeroOrOne
        };
        Option<string> data = InspectCommand.DataOption();
        Command command = new Command("segment", "Show a segment object's header and directory, or list the objects.") { name, data }
            .WithExamples("cloudstream inspect segment --data ./demo",
                "cloudstream inspect segment 3f/0001/s-00000000002a-0123456789abcdef --data ./demo");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string? wanted = parsed.GetValue(name);
            if (wanted is not null && File.Exists(wanted))
                return await ShowFileAsync(wanted, cancellationToken);
            return await InspectCommand.ReadAsync(
                parsed.GetValue(data)!,
                stores => wanted is null
                    ? ListAsync(stores.Objects, cancellationToken)
                    : ShowAsync(stores.Objects, wanted, cancellationToken));
        });
        return command;
    }

    private static async Task<int> ShowFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await ShowAsync(new SingleFileStore(path), path, cancellationToken);
            return ExitCode.Ok;
        }
        catch (StoreException e)
        {
            throw new CommandException(e.Message);
        }
    }

    private static async Task ListAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        var table = new TextTable("object", "kind", "shard", "born", "bytes");
        await foreach (ObjectInfo found in store.ListAsync("", cancellationToken))
        {
            if (ObjectRef.TryParse(found.Name, out int shard, out ObjectRef reference))
                table.Row(found.Name, Kind(reference.Kind), $"{shard}", $"{reference.Born}", $"{found.SizeBytes}");
            else
                table.Row(found.Name, "not ours", "", "", $"{found.SizeBytes}");
        }

        table.Print();
    }

    private static async Task ShowAsync(IObjectStore store, string name, CancellationToken cancellationToken)
    {
        byte[] head = new byte[SegmentLayout.HeaderBytes];
        int read = await store.GetRangeAsync(name, 0, head, cancellationToken);
        SegmentHeader header = SegmentHeader.Decode(head.AsSpan(0, read));
        Console.WriteLine($"object  {header.Reference.NameIn(header.Shard)}");
        Console.WriteLine($"kind    {Kind(header.Reference.Kind)}");
        Console.WriteLine($"shard   {header.Shard}");
        Console.WriteLine($"born    {header.Reference.Born}");
        Console.WriteLine($"bytes   {await store.GetSizeAsync(name, cancellationToken)}");
        if (header.Reference.Kind == ObjectKind.Merged)
            Show(header, await SegmentDirectoryReader.ReadMergeAsync(store, name, cancellationToken));
        else
            Show(await SegmentDirectoryReader.ReadFlushAsync(store, name, cancellationToken));
    }

    private static void Show(FlushDirectory directory)
    {
        ShowPartitions(directory.Partitions);
        Console.WriteLine();
        var table = new TextTable("slot", "position", "bytes", "records", "max timestamp", "producer id", "epoch", "base sequence",
            "expected offset");
        long position = SegmentLayout.HeaderBytes;
        foreach (SegmentItem item in directory.Items)
        {
            table.Row(
                $"{item.Slot}", $"{position}", $"{item.Bytes}", $"{item.Records}", $"{item.MaxTimestamp}", $"{item.ProducerId}",
                $"{item.ProducerEpoch}", $"{item.BaseSequence}", $"{item.ExpectedOffset}");
            position += item.Bytes;
        }

        table.Print();
    }

    private static void Show(SegmentHeader header, MergeDirectory directory)
    {
        ShowPartitions(directory.Partitions);
        foreach (ObjectRef input in directory.Inputs)
            Console.WriteLine($"replaces  {input.NameIn(header.Shard)}");
        Console.WriteLine();
        var table = new TextTable("slot", "position", "bytes", "base offset", "end offset", "max timestamp", "chunks");
        long position = SegmentLayout.HeaderBytes;
        foreach (MergedSlice slice in directory.Slices)
        {
            table.Row($"{slice.Slot}", $"{position}", $"{slice.Bytes}", $"{slice.BaseOffset}", $"{slice.EndOffset}",
                $"{slice.MaxTimestamp}", $"{slice.Chunks.Length}");
            position += slice.Bytes;
        }

        table.Print();
    }

    private static void ShowPartitions(IEnumerable<SlotPartition> partitions)
    {
        foreach (SlotPartition partition in partitions)
            Console.WriteLine($"slot {partition.Slot} is partition {partition.Index} of topic {partition.TopicId}");
    }

    private static string Kind(ObjectKind kind) => kind switch
    {
        ObjectKind.Segment => "flush",
        ObjectKind.Merged => "merge",
        ObjectKind.Spill => "spill",
        ObjectKind.Checkpoint => "checkpoint",
        ObjectKind.Entry => "entry of a journal",
        _ => "index page",
    };
}
