using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace CloudStream.Architecture.Tests;

/// <param name="Namespace">Empty for the global one.</param>
/// <param name="Name">Of the outermost type: nested types, closures and state machines count for the type that they lie in.</param>
internal readonly record struct CompiledType(string Assembly, string Namespace, string Name)
{
    public string FullName => Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";
}

/// <summary>An assembly as it was built: which types each of its types uses, and in which source files it lies.</summary>
internal sealed class CompiledAssembly : IDisposable
{
    // "The documents of a type that has no method with lines": an entry of portable symbols.
    private static readonly Guid s_typeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly PEReader _image;
    private readonly MetadataReaderProvider _symbols;
    private readonly MetadataReader _metadata;
    private readonly MetadataReader _lines;

    private CompiledAssembly(PEReader image, MetadataReaderProvider symbols)
    {
        (_image, _symbols) = (image, symbols);
        (_metadata, _lines) = (image.GetMetadataReader(), symbols.GetMetadataReader());
        Name = _metadata.GetString(_metadata.GetAssemblyDefinition().Name);
    }

    public string Name { get; }

    public static CompiledAssembly Open(string path)
    {
        var image = new PEReader(new MemoryStream(File.ReadAllBytes(path)));
        return new(
            image, MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(File.ReadAllBytes(Path.ChangeExtension(path, ".pdb")))));
    }

    /// <summary>
    /// Every use of one outermost type by another: in bases, interfaces, constraints, attributes, fields, signatures, locals and code.
    /// </summary>
    public HashSet<(CompiledType From, CompiledType To)> Uses()
    {
        var uses = new HashSet<(CompiledType, CompiledType)>();
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
        {
            CompiledType from = TypeOf(handle);
            var references = new TypeReferences(_metadata);
            references.AddType(handle);
            foreach (MethodDefinitionHandle method in _metadata.GetTypeDefinition(handle).GetMethods())
                AddMethod(references, method);
            foreach (CompiledType to in references.Handles.Select(TypeOf).Where(to => to != from))
                uses.Add((from, to));
        }

        return uses;
    }

    /// <summary>The outermost types, and whether other projects see them.</summary>
    public IEnumerable<(CompiledType Type, bool IsPublic)> Types() =>
        from handle in _metadata.TypeDefinitions
        let definition = _metadata.GetTypeDefinition(handle)
        where definition.GetDeclaringType().IsNil
        select (TypeOf(handle), definition.Attributes.HasFlag(TypeAttributes.Public));

    /// <summary>The source files of each outermost type, as the compiler was given them.</summary>
    public IEnumerable<(CompiledType Type, string File)> Documents()
    {
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
        {
            foreach (string file in DocumentsOf(handle).Distinct())
                yield return (TypeOf(handle), file);
        }
    }

    public void Dispose()
    {
        _symbols.Dispose();
        _image.Dispose();
    }

    private void AddMethod(TypeReferences references, MethodDefinitionHandle handle)
    {
        references.AddMethod(handle);
        MethodDefinition method = _metadata.GetMethodDefinition(handle);
        if (method.RelativeVirtualAddress == 0)
            return;
        MethodBodyBlock body = _image.GetMethodBody(method.RelativeVirtualAddress);
        references.AddToken(body.LocalSignature);
        foreach (ExceptionRegion region in body.ExceptionRegions)
            references.AddToken(region.CatchType);
        foreach (EntityHandle token in CodeTokens.Of(body.GetILContent()))
            references.AddToken(token);
    }

    private IEnumerable<string> DocumentsOf(TypeDefinitionHandle handle)
    {
        foreach (MethodDefinitionHandle method in _metadata.GetTypeDefinition(handle).GetMethods())
        {
            MethodDebugInformation lines = _lines.GetMethodDebugInformation(method);
            if (!lines.Document.IsNil)
                yield return PathOf(lines.Document);
            else if (!lines.SequencePointsBlob.IsNil)
                foreach (DocumentHandle document in lines.GetSequencePoints().Select(p => p.Document).Distinct())
                    yield return PathOf(document);
        }

        foreach (CustomDebugInformationHandle entry in _lines.GetCustomDebugInformation(handle))
        {
            CustomDebugInformation information = _lines.GetCustomDebugInformation(entry);
            if (_lines.GetGuid(information.Kind) != s_typeDocuments)
                continue;
            BlobReader rows = _lines.GetBlobReader(information.Value);
            while (rows.RemainingBytes > 0)
                yield return PathOf(MetadataTokens.DocumentHandle(rows.ReadCompressedInteger()));
        }
    }

    private string PathOf(DocumentHandle handle) => _lines.GetString(_lines.GetDocument(handle).Name).Replace('\\', '/');

    private CompiledType TypeOf(EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeReference)
        {
            TypeReference reference = _metadata.GetTypeReference((TypeReferenceHandle)handle);
            if (reference.ResolutionScope.Kind == HandleKind.TypeReference)
                return TypeOf(reference.ResolutionScope);
            string assembly = reference.ResolutionScope.Kind == HandleKind.AssemblyReference
                ? _metadata.GetString(_metadata.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope).Name)
                : Name;
            return new CompiledType(assembly, _metadata.GetString(reference.Namespace), _metadata.GetString(reference.Name));
        }

        TypeDefinition definition = _metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
        return definition.GetDeclaringType() is { IsNil: false } outer
            ? TypeOf(outer)
            : new CompiledType(Name, _metadata.GetString(definition.Namespace), _metadata.GetString(definition.Name));
    }
}
