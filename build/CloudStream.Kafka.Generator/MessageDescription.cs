namespace CloudStream.Kafka.Generator;

/// <summary>A request or a response: its body and the structures inside, in the order of their first use.</summary>
internal sealed class MessageDescription(string name, bool isRequest)
{
    public StructDescription Body { get; } = new(name);

    public bool IsRequest { get; } = isRequest;

    public List<StructDescription> Structs { get; } = [];

    public IEnumerable<StructDescription> All => new[] { Body }.Concat(Structs);

    /// <summary>Works out which versions use which structure, so that a field needs to name only what narrows it further.</summary>
    public void Narrow(VersionRange api)
    {
        Body.Narrow(api);
        foreach (var type in Structs)
        {
            var uses = All.SelectMany(s => s.Fields).Where(f => f.Struct == type && !f.Versions.IsEmpty).ToList();
            type.Narrow(uses.Count == 0 ? api : new VersionRange(uses.Min(f => f.Versions.First), uses.Max(f => f.Versions.Last)));
        }
    }
}
