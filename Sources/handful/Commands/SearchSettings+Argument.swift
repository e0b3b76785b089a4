import ArgumentParser
import Learner

extension SearchSettings.Method: ExpressibleByArgument {}
