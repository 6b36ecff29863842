/// A byte of a section.
struct SectionPlace: Hashable, Sendable {
  let section: Int
  let offset: Int
}
