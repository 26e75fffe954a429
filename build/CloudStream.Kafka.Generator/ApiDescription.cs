namespace CloudStream.Kafka.Generator;

/// <summary>One API: its key, its versions and its two messages.</summary>
internal sealed class ApiDescription(int key, string name, VersionRange versions, VersionRange flexible)
{
    public int Key { get; } = key;

    public string Name { get; } = name;

    public VersionRange Versions { get; } = versions;

    /// <summary>The versions with compact lengths and tagged fields.</summary>
    public VersionRange Flexible { get; } = flexible;

    public MessageDescription Request { get; } = new(name + "Request", isRequest: true);

    public MessageDescription Response { get; } = new(name + "Response", isRequest: false);
}
