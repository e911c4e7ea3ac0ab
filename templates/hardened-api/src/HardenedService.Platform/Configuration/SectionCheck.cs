using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Platform.Configuration;

/// <summary>
/// Finds all faults of one section. It goes in steps, each on a record bound without the keys that an earlier step found faulty, so that
/// a rule meets sound values only, and one fault neither hides another nor brings it about.
/// </summary>
internal sealed class SectionCheck(OptionsSection options, IConfiguration configuration)
{
    private readonly List<SettingFault> _faults = [];

    public IReadOnlyList<SettingFault> Run(bool production)
    {
        Read(configuration.SectionOrRoot(options.Name).GetChildren(), options.Name, options.Options, options.Shared);
        Check(Annotations);
        Check((node, path) => node is IValidatableObject rules ? Named(path, rules.Validate(new ValidationContext(node))) : []);

        if (production)
        {
            Check((node, path) => node is IProductionRules rules ? Named(path, rules.ValidateForProduction()) : []);
        }

        return _faults;
    }

    // What the binder would pass over in silence, or stop at.
    private void Read(IEnumerable<IConfigurationSection> settings, string path, Type type, bool shared)
    {
        foreach (var setting in settings)
        {
            if (SettingType.Of(type, setting.Key) is { } member)
            {
                Read(setting, Join(path, member.Name), member.Type);
            }
            else if (!shared)
            {
                _faults.Add(new(Join(path, setting.Key), $"is no setting; here there are {SettingType.Names(type)}."));
            }
        }
    }

    private void Read(IConfigurationSection setting, string key, Type type)
    {
        if (!SettingType.IsScalar(type))
        {
            if (!string.IsNullOrEmpty(setting.Value))
            {
                _faults.Add(new(key, $"takes no value itself; here there are {SettingType.Names(type)} below it."));
            }

            Read(setting.GetChildren(), key, type, shared: false);
            return;
        }

        _faults.AddRange(setting.GetChildren().Select(child => new SettingFault(Join(key, child.Key), $"is no setting; {key} takes a single value.")));

        if (setting.Value is { } value && !SettingType.Converts(setting, value, type))
        {
            _faults.Add(new(key, $"must be {SettingType.Expected(type)}."));
        }
    }

    private void Check(Func<object, string, IEnumerable<SettingFault>> step)
    {
        var known = _faults.ToList();
        var root = Activator.CreateInstance(options.Options)!;
        (known.Count == 0 ? configuration : Without(known)).SectionOrRoot(options.Name).Bind(root);

        var found = Nodes(root, options.Name).SelectMany(node => step(node.Value, node.Path));
        _faults.AddRange(found.Where(fault => !known.Exists(earlier => IsAtOrBelow(fault.Key, earlier.Key))));
    }

    private IConfiguration Without(List<SettingFault> faults)
    {
        var sound = configuration.AsEnumerable().Where(pair => !faults.Exists(fault => IsAtOrBelow(pair.Key, fault.Key)));

        return new ConfigurationBuilder().AddInMemoryCollection(sound).Build();
    }

    private static IEnumerable<SettingFault> Annotations(object node, string path) =>
        SettingType.Settable(node.GetType()).SelectMany(property => Annotations(node, property, Join(path, property.Name)));

    private static IEnumerable<SettingFault> Annotations(object node, PropertyInfo property, string key)
    {
        var context = new ValidationContext(node) { MemberName = property.Name, DisplayName = property.Name };
        var value = property.GetValue(node);
        var broken = property.GetCustomAttributes<ValidationAttribute>()
            .Select(attribute => (Attribute: attribute, attribute.GetValidationResult(value, context)?.ErrorMessage))
            .Where(result => result.ErrorMessage is not null)
            .ToList();

        // Of what is missing there is nothing else to say.
        return broken
            .Where(result => result.Attribute is RequiredAttribute || !broken.Exists(other => other.Attribute is RequiredAttribute))
            .Select(result => new SettingFault(key, Words(result.Attribute) ?? result.ErrorMessage!));
    }

    private static string? Words(ValidationAttribute attribute) => attribute switch
    {
        RequiredAttribute => "is missing.",
        RangeAttribute range => $"must be from {range.Minimum} to {range.Maximum}.",
        EmailAddressAttribute => "must be an e-mail address.",
        _ => null,
    };

    private static IEnumerable<SettingFault> Named(string path, IEnumerable<ValidationResult> results) =>
        from result in results
        from member in result.MemberNames.DefaultIfEmpty("")
        select new SettingFault(Join(path, member), result.ErrorMessage!);

    // The record itself, and the records in its properties, lists and dictionaries.
    private static IEnumerable<(object Value, string Path)> Nodes(object? value, string path)
    {
        if (value is null || SettingType.IsScalar(value.GetType()))
        {
            return [];
        }

        return value switch
        {
            IDictionary entries => entries.Keys.Cast<object>().SelectMany(key => Nodes(entries[key], Join(path, $"{key}"))),
            IEnumerable entries => entries.Cast<object?>().SelectMany((entry, index) => Nodes(entry, Join(path, $"{index}"))),
            _ => SettingType.Settable(value.GetType())
                .SelectMany(property => Nodes(property.GetValue(value), Join(path, property.Name)))
                .Prepend((value, path)),
        };
    }

    private static bool IsAtOrBelow(string key, string fault) =>
        key.StartsWith(fault, StringComparison.OrdinalIgnoreCase) && (key.Length == fault.Length || key[fault.Length] == ':');

    private static string Join(string path, string key) => path.Length == 0 ? key : key.Length == 0 ? path : $"{path}:{key}";
}
