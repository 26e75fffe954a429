using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace CloudStream.Architecture.Tests;

/// <summary>
/// Gathers the types that definitions, signatures and tokens of one module name, generic arguments and all. Give it what is looked at;
/// <see cref="Handles"/> has the rest.
/// </summary>
internal sealed class TypeReferences(MetadataReader metadata) : ISignatureTypeProvider<int, int>
{
    /// <summary>Definitions and references.</summary>
    public HashSet<EntityHandle> Handles { get; } = [];

    /// <summary>What a type's head and fields name.</summary>
    public void AddType(TypeDefinitionHandle handle)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        AddToken(type.BaseType);
        foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
            AddToken(metadata.GetInterfaceImplementation(implementation).Interface);
        AddGenericParameters(type.GetGenericParameters());
        AddAttributes(type.GetCustomAttributes());
        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            metadata.GetFieldDefinition(field).DecodeSignature(this, 0);
            AddAttributes(metadata.GetFieldDefinition(field).GetCustomAttributes());
        }

        foreach (PropertyDefinitionHandle property in type.GetProperties())
            AddAttributes(metadata.GetPropertyDefinition(property).GetCustomAttributes());
    }

    /// <summary>What a method's head names.</summary>
    public void AddMethod(MethodDefinitionHandle handle)
    {
        MethodDefinition method = metadata.GetMethodDefinition(handle);
        method.DecodeSignature(this, 0);
        AddGenericParameters(method.GetGenericParameters());
        AddAttributes(method.GetCustomAttributes());
        foreach (ParameterHandle parameter in method.GetParameters())
            AddAttributes(metadata.GetParameter(parameter).GetCustomAttributes());
    }

    /// <summary>What a token of code or of a definition stands for.</summary>
    public void AddToken(EntityHandle handle)
    {
        if (handle.IsNil)
            return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition or HandleKind.TypeReference:
                Handles.Add(handle);
                break;
            case HandleKind.TypeSpecification:
                metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, 0);
                break;
            case HandleKind.FieldDefinition:
                Handles.Add(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MethodDefinition:
                Handles.Add(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                AddMember(metadata.GetMemberReference((MemberReferenceHandle)handle));
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification generic = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                AddToken(generic.Method);
                generic.DecodeSignature(this, 0);
                break;
            case HandleKind.StandaloneSignature:
                AddSignature(metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle));
                break;
        }
    }

    public int GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Add(handle);

    public int GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => Add(handle);

    public int GetTypeFromSpecification(MetadataReader reader, int genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    // All parts of a composite have been seen when it is put together.
    public int GetArrayType(int elementType, ArrayShape shape) => 0;

    public int GetByReferenceType(int elementType) => 0;

    public int GetFunctionPointerType(MethodSignature<int> signature) => 0;

    public int GetGenericInstantiation(int genericType, ImmutableArray<int> typeArguments) => 0;

    public int GetGenericMethodParameter(int genericContext, int index) => 0;

    public int GetGenericTypeParameter(int genericContext, int index) => 0;

    public int GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;

    public int GetPinnedType(int elementType) => 0;

    public int GetPointerType(int elementType) => 0;

    public int GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

    public int GetSZArrayType(int elementType) => 0;

    private int Add(EntityHandle handle)
    {
        Handles.Add(handle);
        return 0;
    }

    private void AddMember(MemberReference member)
    {
        AddToken(member.Parent);
        if (member.GetKind() == MemberReferenceKind.Method)
            member.DecodeMethodSignature(this, 0);
        else
            member.DecodeFieldSignature(this, 0);
    }

    private void AddSignature(StandaloneSignature signature)
    {
        if (signature.GetKind() == StandaloneSignatureKind.LocalVariables)
            signature.DecodeLocalSignature(this, 0);
        else
            signature.DecodeMethodSignature(this, 0);
    }

    private void AddGenericParameters(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle parameter in parameters)
        {
            foreach (GenericParameterConstraintHandle constraint in metadata.GetGenericParameter(parameter).GetConstraints())
                AddToken(metadata.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void AddAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle attribute in attributes)
            AddToken(metadata.GetCustomAttribute(attribute).Constructor);
    }
}
