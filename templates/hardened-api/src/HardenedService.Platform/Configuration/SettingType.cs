using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Platform.Configuration;

/// <summary>What the configuration binder makes of a type, and how a person would say it.</summary>
internal static class SettingType
{
    /// <summary>Whether one value is all it takes.</summary>
    public static bool IsScalar(Type type) => TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));

    /// <summary>The member that a key stands for, in its own spelling; null if there is none.</summary>
    public static (string Name, Type Type)? Of(Type type, string key)
    {
        if (EntriesOf(type) is { } entries)
        {
            return (key, entries);
        }

        return Array.Find(Settable(type), property => property.Name.Equals(key, StringComparison.OrdinalIgnoreCase)) is { } found
            ? (found.Name, found.PropertyType)
            : null;
    }

    /// <summary>What there is below a type.</summary>
    public static string Names(Type type) =>
        EntriesOf(type) is not null ? "entries" : string.Join(", ", Settable(type).Select(property => property.Name));

    public static PropertyInfo[] Settable(Type type) =>
        Array.FindAll(type.GetProperties(), property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0);

    /// <summary>Whether the binder reads it, and whether it is a name where names are expected: it would take any number for an enum.</summary>
    public static bool Converts(IConfigurationSection setting, string value, Type type)
    {
        var underlying = Nullable.GetUnderlyingType(type) ?? type;

        if (underlying.IsEnum && value.Length > 0)
        {
            return Enum.GetNames(underlying).Contains(value.Trim(), StringComparer.OrdinalIgnoreCase);
        }

        try
        {
            setting.Get(type);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    public static string Expected(Type type)
    {
        var underlying = Nullable.GetUnderlyingType(type) ?? type;

        return underlying switch
        {
            { IsEnum: true } => "one of " + string.Join(", ", Enum.GetNames(underlying)),
            _ when underlying == typeof(bool) => "true or false",
            _ when underlying == typeof(TimeSpan) => "a duration such as 00:00:30",
            _ when underlying == typeof(Uri) => "an address",
            _ when underlying == typeof(double) || underlying == typeof(decimal) || underlying == typeof(float) => "a number such as 0.5",
            { IsPrimitive: true } => "a whole number in its range",
            _ => $"a {underlying.Name}",
        };
    }

    private static Type? EntriesOf(Type type)
    {
        if (type.IsArray)
        {
            return type.GetElementType();
        }

        // Of a dictionary the values, of a list the elements: in both the last type argument.
        return Array.Exists([type, .. type.GetInterfaces()], face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            && type.IsGenericType
            ? type.GetGenericArguments()[^1]
            : null;
    }
}
