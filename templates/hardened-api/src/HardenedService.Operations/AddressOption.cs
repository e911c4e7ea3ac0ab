using System.CommandLine;

namespace HardenedService.Operations;

/// <summary>An option that is the address of a service: the library knows no conversion to one.</summary>
internal static class AddressOption
{
    /// <summary>
    /// An absolute address of HTTP or HTTPS; null if it is not given. Without a user, which would be printed and recorded, and without what comes after the
    /// port, which nobody would ask for.
    /// </summary>
    /// <param name="name">The option, with its dashes.</param>
    /// <param name="description">What it says in the help text.</param>
    /// <param name="required">Whether it has to be given.</param>
    /// <param name="takesPath">Whether it may stand behind a path.</param>
    public static Option<Uri?> Create(string name, string description, bool required = false, bool takesPath = false) => new(name)
    {
        Description = description,
        HelpName = "address",
        Required = required,
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address)
                && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
                && address is { UserInfo: "", Query: "", Fragment: "" }
                && (takesPath || address.AbsolutePath == "/"))
            {
                return address;
            }

            result.AddError($"{name} is an address such as https://orders.example.org{(takesPath ? "" : ", and no more")}.");
            return null;
        },
    };
}
