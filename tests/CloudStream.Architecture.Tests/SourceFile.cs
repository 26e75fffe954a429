namespace CloudStream.Architecture.Tests;

/// <param name="Path">Relative to the repository, with slashes.</param>
internal sealed record SourceFile(string Path)
{
    public string Name => System.IO.Path.GetFileName(Path);

    public string Text => File.ReadAllText(System.IO.Path.Combine(Repository.Root, Path));

    public string[] Lines => File.ReadAllLines(System.IO.Path.Combine(Repository.Root, Path));

    public override string ToString() => Path;
}
