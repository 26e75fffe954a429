using CloudStream.Log.Verify;

namespace CloudStream.Cli.Verify;

/// <summary>How a verification is told.</summary>
internal abstract class VerifyOutput
{
    /// <summary>The cluster's id; null where it is unknown.</summary>
    public string? ClusterId { get; set; }

    /// <summary>The folder, as it was named.</summary>
    protected string Folder { get; private set; } = "";

    /// <summary>A topic's name; null when it has none.</summary>
    protected Func<Guid, string?> TopicName { get; private set; } = _ => null;

    /// <summary>The verification begins.</summary>
    public void Begin(string folder, Func<Guid, string?> topicName) => (Folder, TopicName) = (folder, topicName);

    /// <summary>Damage is proven.</summary>
    public abstract void Found(Finding finding);

    /// <summary>The verification is over.</summary>
    public abstract void End(VerifyReport report);
}
